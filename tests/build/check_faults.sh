#!/bin/sh
# A slice of the fault sweep and of the kill test, both of which end well, count what they ran and go on
# from their files; and whether the judges find what they are to find.
# Arguments: SOURCE_DIR BUILD_DIR SCRATCH_DIR
set -eu
source=$1 build=$2 scratch=$3

fail() {
    echo "FAILED: $*"
    exit 1
}

if ! [ -e "$build/tests/libtiny_driver.so" ]; then
    echo "skipped: the tests' driver was not built (Debian: opencl-c-headers)"
    exit 77
fi
rm -rf "$scratch"
mkdir -p "$scratch"
PYTHONDONTWRITEBYTECODE=1 python3 "$source/tests/build/check_faults.py" "$source"

# With other tests beside it, late ends are no failures. Scenes that calibrate take too long.
scenes="--scene run --scene run-gpu --scene compare --scene compare-gpu --scene devices-first --scene doctor"
sweep() {
    # shellcheck disable=SC2086 # options and their values
    "$source/tools/faults/sweep" --build "$build" --work "$scratch/work dir" --untimed $scenes \
        --json "$scratch/sweep.json" "$@"
}
sweep --seconds 10
sweep --runs 5
sweep --one run clFinish:1:-5 >"$scratch/one.txt"
grep -q '"status": 1' "$scratch/one.txt" || fail "a single fault did not make its run fail"
grep -q '"met' "$scratch/sweep.json" && fail "the file has what only the log should have"
runs=$(sed -n 's/^ "runs": \([0-9]*\),$/\1/p' "$scratch/sweep.json")
[ "$runs" -gt 5 ] || fail "the second sweep did not go on: $runs runs in all"

# shellcheck disable=SC2086
"$source/tools/faults/kill" --build "$build" --work "$scratch/work dir" --untimed $scenes \
    --json "$scratch/kill.json" --runs 20 --seconds 280
grep -q '"tries": 20' "$scratch/kill.json" || fail "the kill test did not count its tries"
