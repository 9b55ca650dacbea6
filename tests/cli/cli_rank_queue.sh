#!/bin/bash
# Bands that ranks take from a queue, under real launchers: bits, counts, the early end of a search, a
# sweep over ranks, what one rank fails at before the others, and who shows progress.
. "$(dirname "$0")/cli.bash"
: "${CHECK_JSON:?is the path of the checker}"
. "$(dirname "$0")/ranks.bash"
quick=(--repeat 1 --min-time 0 --no-watch --threads 1)
binaries=$(dirname "$GPUFARE")

julia=(julia -s 37x99 -n 90 --inputs list --rendering smooth)
prime=(prime --number 999999999989)
even=(prime --number 1000000000000000000)
run run "${julia[@]}" -d native "${quick[@]}" --npy julia.npy -o julia.png
[ "$status" -eq 0 ] || fail "julia: exit status $status"
for name in prime even; do
    declare -n words=$name
    run run "${words[@]}" -d native "${quick[@]}" --npy $name.npy
    [ "$status" -eq 0 ] || fail "$name: exit status $status"
done

# ---- Without a launcher
expect_error 2 "mpirun -n 8 gpufare breakeven julia --sweep ranks=1:8" breakeven julia --sweep ranks=1:8
expect_error 2 "--queue: only ranks share a queue" run julia -d native --queue always
expect_error 2 "--progress" run julia -d native --progress

# expect_bits LAUNCHER N NAME ARGUMENT...
expect_bits() {
    local mpi=$1 ranks=$2 name=$3 files=(--npy ranks.npy)
    shift 3
    rm -f ranks.npy ranks.png
    [ ! -e "$name.png" ] || files+=(-o ranks.png)
    launch "$mpi" "$ranks" run "$@" "${quick[@]}" --queue always --json ranks.json "${files[@]}"
    [ "$status" -eq 0 ] || fail "$mpi, $ranks ranks, $*: exit status $status"
    tail -n 1 "$scratch/stdout" | grep -qF "$end" || fail "$mpi, $ranks ranks, $*: the end is not last"
    cmp -s ranks.npy "$name.npy" || fail "$mpi, $ranks ranks, $*: other bits"
    [ ! -e "$name.png" ] || cmp -s ranks.png "$name.png" || fail "$mpi, $ranks ranks, $*: another picture"
    expect_json gpufare.ranks/1 ranks.json results.0.queue=true 'results.0.parts.1.bands=*' \
        'results.0.parts.0.median_trip.queue_ns=*'
}

tried=0
opencl=$("$GPUFARE" run sum --count 1 -d 0:0 --no-tune "${quick[@]}" >/dev/null 2>&1 && echo 0:0) # with f64
for mpi in openmpi mpich; do
    launcher=$([ $mpi = openmpi ] && echo mpirun.openmpi || echo mpiexec.mpich)
    [ -e "$binaries/gpufare-mpi-$mpi.so" ] || continue
    command -v "$launcher" >/dev/null || continue
    tried=$((tried + 1))
    expect_bits $mpi 3 julia "${julia[@]}" -d native
    expect_bits $mpi 2 prime "${prime[@]}" -d native
    expect_bits $mpi 2 even "${even[@]}" -d native
    [ -z "$opencl" ] || [ $mpi = mpich ] || expect_bits $mpi 2 julia "${julia[@]}" -d native,0:0

    # A sweep over ranks.
    launch $mpi 2 breakeven "${julia[@]}" --sweep ranks=1:2 -d native "${quick[@]}" --json sweep.json \
        --csv sweep.csv --svg sweep.svg --html sweep.html
    [ "$status" -eq 0 ] || fail "$mpi: a sweep over ranks: exit status $status"
    head -n 1 "$scratch/stdout" | grep -q "worth it" || fail "$mpi: a sweep without an answer"
    expect_json gpufare.breakeven-ranks/1 sweep.json 'parameter="ranks"' values.1.ranks=2 \
        'values.1.predicted_ns=*' 'worth_up_to.ranks=*'
    [ "$(wc -l <sweep.csv)" -eq 3 ] || fail "$mpi: the CSV of a sweep has not a line for each number"
    python3 "$CHECK_PAGE" sweep.html sweep.json >"$scratch/page" 2>&1 || fail "$mpi: $(cat "$scratch/page")"
    grep -q "<svg" sweep.svg || fail "$mpi: no plot of a sweep"
    launch $mpi 2 breakeven "${julia[@]}" --sweep ranks=1:4 -d native "${quick[@]}"
    [ "$status" -eq 2 ] && [ "$(grep -c "mpirun -n 4" "$scratch/stderr")" -eq 1 ] ||
        fail "$mpi: a sweep beyond the job was not refused once"

    # What one rank fails at before all have met is said by the first one, and ends all.
    launch_two $mpi "run julia -d native --threads 1" "run julia -d native --threads 1 --size nonsense"
    [ "$status" -eq 2 ] || fail "$mpi: one rank's bad option: exit status $status"
    [ "$(grep -c "rank 1 on .*nonsense" "$scratch/stderr")" -eq 1 ] ||
        fail "$mpi: one rank's bad option was not told by the first one"

    # Progress only where it is asked for: a line after a second, of whatever is done then. The samples
    # take longer than that, however soon they begin.
    ! grep -q "on 2 ranks" "$scratch/stderr" || fail "$mpi: progress that nobody asked for"
    launch $mpi 2 run julia -s 400x400 -d native --threads 1 --min-time 1.6 --max-samples 100000 \
        --no-watch --progress
    grep -qE "^julia on 2 ranks .*: (rehearsal|reference|warm-up|sample)( [0-9/]+)?, [0-9.]+ s$" "$scratch/stderr" ||
        fail "$mpi: no progress in lines of its own"
done
if [ $tried -eq 0 ]; then
    echo "no plugin of an MPI with its launcher: jobs were not tried"
    [ $failures -gt 0 ] || exit 77
fi

finish
