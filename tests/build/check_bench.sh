#!/bin/sh
# The benchmark on tiny problems: whoever is there is verified and gets a time, a wrong result gets none, and
# an interrupted run leaves nothing half-written. Installs nothing.
# Arguments: SOURCE_DIR SCRATCH_DIR COMPILER; the tool is $GPUFARE
set -eu
source=$1 scratch=$2 compiler=$3
: "${GPUFARE:?is the path of the tool}"

fail() {
    echo "FAILED: $*"
    exit 1
}

rm -rf "$scratch"
mkdir -p "$scratch/tmp dir"
# So that what an interrupted run leaves behind would be seen here, and nowhere else.
export TMPDIR="$scratch/tmp dir"

# become_bench OUTPUT_DIR OPTION...: instead of the shell, so that a signal to it reaches the benchmark.
become_bench() {
    output=$1
    shift
    exec "$source/tools/bench/run" --no-install --quick --cc "$compiler" --gpufare "$GPUFARE" \
        --build "$scratch/build dir" --output "$output" --cases julia-f64,diffusion-512-f64 "$@"
}
bench() { (become_bench "$@"); }

# Once: each round starts and compiles what each peer needs. That rounds are gathered is judged below.
bench "$scratch/output dir" --rounds 1 --peer-file "$source/tests/build/bench_peers/wrong.py" \
    --peer-file "$source/tests/build/bench_peers/silent.py"
PYTHONDONTWRITEBYTECODE=1 python3 "$source/tests/build/check_bench.py" "$source" "$scratch/output dir/bench.json"
grep -q 'wrong result' "$scratch/output dir/bench.md" || fail "the table does not say that a result is wrong"
grep -q 'OpenMP C' "$scratch/output dir/bench.md" || fail "the table lacks OpenMP C"

# Options that make no sense are refused with a line that names them.
for options in "--cases nothing" "--peers nobody" "--rounds 0" "--threads 100000"; do
    # shellcheck disable=SC2086 # an option and its value
    if bench "$scratch/refused" $options 2>"$scratch/refused.txt"; then
        fail "$options was accepted"
    fi
    grep -qe "${options%% *}" "$scratch/refused.txt" || fail "$options: the message does not name it"
done

# Ended in the middle of the second case: the first one is there as a whole, and no temporary file.
become_bench "$scratch/interrupted" --rounds 3 --peers gpufare,openmp 2>"$scratch/interrupted.txt" &
run=$!
for _ in $(seq 3000); do
    ! grep -q '^diffusion' "$scratch/interrupted.txt" || break
    sleep 0.1
done
kill -TERM "$run"
status=0
wait "$run" || status=$?
[ "$status" -eq 130 ] || fail "ended by a signal: exit status $status, not 130"
[ "$(ls "$scratch/interrupted")" = "$(printf 'bench.json\nbench.md')" ] ||
    fail "left behind: $(ls "$scratch/interrupted")"
[ -z "$(ls -A "$TMPDIR")" ] || fail "left behind: $(ls -A "$TMPDIR")"
python3 - "$scratch/interrupted/bench.json" <<'END'
import json, sys
record = json.load(open(sys.argv[1]))
assert not record["complete"]
rows = [row for row in record["cases"][0]["rows"] if row["status"] == "ok"]
assert rows and all(len(row["rounds"]) == 3 and row["min_ns"] <= row["median_ns"] <= row["max_ns"] for row in rows)
assert all(turn["agreement"]["elements"] > 0 for row in rows for turn in row["rounds"])
END
