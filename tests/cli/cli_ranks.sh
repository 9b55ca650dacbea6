#!/bin/bash
# Jobs of several ranks, by Open MPI and by MPICH: the bits of one process on any number of them, one
# speaker, a last line, and what happens when a rank is lost. tools/ranks/check-random tries many more.
. "$(dirname "$0")/cli.bash"
. "$(dirname "$0")/ranks.bash"
: "${CHECK_JSON:?is the path of the checker}" "${CHECK_PAGE:?is the checker of pages}"

skip_without_f64
quick=(--repeat 1 --min-time 0 --no-watch --threads 1)
binaries=$(dirname "$GPUFARE")

# expect_same LAUNCHER N NAME ARGUMENT...: this problem has the result of one process, NAME.npy, and
# its picture, if there is NAME.png.
expect_same() {
    local launcher=$1 ranks=$2 name=$3 files=(--npy ranks.npy)
    shift 3
    rm -f ranks.npy ranks.png
    [ ! -e "$name.png" ] || files+=(-o ranks.png)
    launch "$launcher" "$ranks" run "$@" "${quick[@]}" --ranks "$ranks" "${files[@]}"
    [ "$status" -eq 0 ] || fail "$launcher, $ranks ranks, $*: exit status $status"
    [ "$(grep -cF "$end" "$scratch/stdout")" -eq 1 ] || fail "$launcher, $ranks ranks, $*: no end, or several"
    tail -n 1 "$scratch/stdout" | grep -qF "$end" || fail "$launcher, $ranks ranks, $*: the end is not last"
    ! grep -q $'\e' "$scratch/stdout" || fail "$launcher, $ranks ranks: there are colours"
    cmp -s ranks.npy "$name.npy" || fail "$launcher, $ranks ranks, $*: other bits"
    [ ! -e "$name.png" ] || cmp -s ranks.png "$name.png" || fail "$launcher, $ranks ranks, $*: another picture"
}

periodic=(diffusion -s 33x47 --steps 21 --boundary periodic --precision f32)
insulated=(diffusion -s 40x29 --steps 30 --boundary insulated --init gaussian)
few=(diffusion -s 9x2 --steps 3) # rows: fewer than ranks
julia=(julia -s 37x41 -n 90 --inputs list --rendering smooth)
sum=(sum --count 200001)
prime=(prime --number 999999999989)
for name in periodic insulated few julia; do
    declare -n words=$name
    run run "${words[@]}" -d native "${quick[@]}" --npy $name.npy -o $name.png
    [ "$status" -eq 0 ] || fail "$name: exit status $status"
done
for name in sum prime; do
    declare -n words=$name
    run run "${words[@]}" -d native "${quick[@]}" --npy $name.npy
    [ "$status" -eq 0 ] || fail "$name: exit status $status"
done

# ---- Without a launcher
run run "${periodic[@]}" -d native "${quick[@]}" --ranks 1
[ "$status" -eq 0 ] || fail "one rank without a launcher: exit status $status"
! grep -qF "$end" "$scratch/stdout" || fail "a process that is no rank speaks of a job"
expect_error 2 "--ranks 2: this job has 1 rank" run "${periodic[@]}" -d native --ranks 2
expect_error 2 "--halo-steps" run "${periodic[@]}" -d native --halo-steps 2
expect_error 2 "--rank-grid: only ranks" run "${periodic[@]}" -d native --rank-grid 1x1
SLURM_STEP_NUM_TASKS=4 expect_error 2 "--mpi=pmix" run "${periodic[@]}" -d native --ranks 4
GPUFARE_MPI=nonsense expect_error 2 "GPUFARE_MPI=nonsense" run "${periodic[@]}" -d native

# ---- With one
tried=0
pocl=$("$GPUFARE" devices 2>/dev/null | grep -oE "^ *[0-9]+ +0:0 " | head -1)
for mpi in openmpi mpich; do
    has_launcher $mpi || continue
    tried=$((tried + 1))
    if [ $mpi = openmpi ]; then
        expect_same $mpi 2 periodic "${periodic[@]}" -d native
        expect_same $mpi 3 julia "${julia[@]}" -d native
        expect_same $mpi 4 sum "${sum[@]}" -d native
        [ -z "$pocl" ] || expect_same $mpi 2 insulated "${insulated[@]}" -d 0:0 --halo-steps 3
        expect_same $mpi 4 periodic "${periodic[@]}" -d native --rank-grid 2x2 --halo-steps 4
    else
        expect_same $mpi 1 julia "${julia[@]}" -d native
        expect_same $mpi 3 few "${few[@]}" -d native
        expect_same $mpi 2 prime "${prime[@]}" -d native
        expect_same $mpi 3 insulated "${insulated[@]}" -d native --overlap always --halo-steps 2
        expect_same $mpi 6 insulated "${insulated[@]}" -d native --rank-grid 3x2 --overlap always --halo-steps 3
        # A device with memory of its own: cells at a side are not one behind the other there.
        [ -z "$pocl" ] || GPUFARE_OPENCL_COPY=1 expect_same $mpi 2 periodic "${periodic[@]}" -d 0:0 \
            --rank-grid 2x1 --halo-steps 5
        [ -z "$pocl" ] || expect_same $mpi 2 julia "${julia[@]}" -d native,0:0
    fi

    # A scaling table, as JSON to stdout, which then carries nothing else.
    launch $mpi 3 compare "${insulated[@]}" -d native "${quick[@]}" --rank-grid 1x3 --json - --html compare.html
    [ "$status" -eq 0 ] || fail "$mpi: compare: exit status $status"
    cp "$scratch/stdout" compare.json
    expect_json gpufare.ranks/1 compare.json ranks=3 results.2.ranks=3 results.2.holds=true \
        'results.1.predicted_ns=*' results.2.parts.2.units=10 results.2.ranks_down=3
    python3 "$CHECK_PAGE" compare.html compare.json >"$scratch/page" 2>&1 || fail "$mpi: $(cat "$scratch/page")"
    grep -qE "mpi(run|exec) -n 3 gpufare compare diffusion" compare.html || fail "$mpi: the page has another command"

    # Commands for one process are done once.
    launch $mpi 2 devices -q --json -
    [ "$status" -eq 0 ] || fail "$mpi: devices: exit status $status"
    [ "$(grep -c gpufare.devices/ "$scratch/stdout")" -eq 1 ] || fail "$mpi: devices: not done once"
    launch $mpi 2 trace --help
    [ "$(grep -c ^Usage: "$scratch/stdout")" -eq 2 ] || fail "$mpi: trace: not done by each rank"

    # What one rank lacks is said once, by the first one.
    launch $mpi 2 run peak -d native "${quick[@]}"
    [ "$status" -ne 0 ] || fail "$mpi: peak was divided"
    [ "$(grep -c "can't be divided" "$scratch/stderr")" -eq 1 ] || fail "$mpi: not said once"
    # What ranks do not do is refused, not passed over; nothing is written.
    for option in "--trace trace.json" --no-pipeline "--npy -" "--field-file f.npy"; do
        # shellcheck disable=SC2086 # an option and its value
        launch $mpi 2 run "${periodic[@]}" -d native $option
        [ "$(grep -c -- "gpufare: ${option%% *}" "$scratch/stderr")" -eq 1 ] ||
            fail "$mpi: $option was not refused once"
        [ "$status" -eq 2 ] || fail "$mpi: $option: exit status $status"
        [ ! -s "$scratch/stdout" ] && [ ! -e trace.json ] ||
            fail "$mpi: $option left something"
    done
    launch $mpi 2 run "${julia[@]}" -d native --halo-steps 4
    [ "$(grep -c -- "--halo-steps: units of julia read no others" "$scratch/stderr")" -eq 1 ] ||
        fail "$mpi: halos of what has none were not refused once"
    launch $mpi 2 run "${periodic[@]}" -d native --ranks 3
    [ "$(grep -c -- "--ranks 3: this job has 2 ranks" "$scratch/stderr")" -eq 1 ] ||
        fail "$mpi: another number of ranks was not refused once"

    launch $mpi 2 run "${few[@]}" -d native --rank-grid 1x2 --halo-steps 2 --npy refused.npy
    [ "$(grep -c -- "--rank-grid 1x2: a part would have 1 row" "$scratch/stderr")" -eq 1 ] && [ ! -e refused.npy ] ||
        fail "$mpi: a grid that does not fit was not refused once"

    # Two jobs at once.
    (launch $mpi 2 run "${julia[@]}" -d native "${quick[@]}" --npy first.npy; exit $status) &
    first=$!
    mkdir -p "$scratch/second"
    (scratch=$scratch/second && launch $mpi 2 run "${julia[@]}" -d native "${quick[@]}" \
        --npy second.npy; exit $status) &
    second=$!
    wait $first || fail "$mpi: the first of two jobs failed"
    wait $second || fail "$mpi: the second of two jobs failed"
    cmp -s first.npy julia.npy && cmp -s second.npy julia.npy || fail "$mpi: two jobs at once: other bits"
    checks=$((checks + 2))

    # A rank is killed: the job ends, says no end, and leaves no file.
    (launch $mpi 2 run diffusion -s 200x200 --steps 500 -d native --threads 1 --min-time 60 \
        --max-samples 1000000 --npy "lost-$$.npy"; exit $status) &
    job=$!
    victim=
    for _ in $(seq 1000); do
        for process in $(pgrep -f "lost-$$[.]npy"); do
            [ ! "/proc/$process/exe" -ef "$GPUFARE" ] || victim=$process
        done
        [ -z "$victim" ] || break
        sleep 0.05
    done
    sleep 0.5
    kill -KILL "$victim" 2>/dev/null || fail "$mpi: no rank to kill"
    wait $job
    ! grep -qF "$end" "$scratch/stdout" || fail "$mpi: a job that lost a rank says that it is right"
    [ ! -e "lost-$$.npy" ] || fail "$mpi: a job that lost a rank wrote a file"
    checks=$((checks + 2))
done
if [ $tried -eq 0 ]; then
    echo "no plugin of an MPI with its launcher: jobs were not tried"
    [ $failures -gt 0 ] || exit 77
fi

finish
