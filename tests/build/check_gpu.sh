#!/bin/sh
# tools/gpu/pack and tools/gpu/run on whatever device there is: what is packed runs apart from the
# build, and what each step showed is kept.
# Arguments: SOURCE_DIR BUILD_DIR SCRATCH_DIR
set -eu
source=$1 build=$2 scratch=$3

fail() {
    echo "FAILED: $*"
    exit 1
}

rm -rf "$scratch"
mkdir -p "$scratch"
"$source/tools/gpu/pack" --build "$build" "$scratch/packed files" >/dev/null
"$source/tools/gpu/run" --build "$scratch/packed files" --device 0:0 --steps devices,compare-prime,raw \
    --seconds 60 "$scratch/out" >"$scratch/said.txt" || fail "$(cat "$scratch/said.txt")"
grep -q '^ok .* compare-prime$' "$scratch/said.txt" || fail "a step's line is missing"
grep -q '"status":"ok"\|"status": "ok"' "$scratch/out/compare-prime.json" || fail "no device was ok"
grep -q '"name": "raw"' "$scratch/out/gpu.json" || fail "the last step is not in the record"
grep -q '"launch_in_a_row_us"' "$scratch/out/raw.txt" || fail "what a step printed was lost"

status=0
"$source/tools/gpu/run" --build "$build" --steps devices --seconds 1 "$scratch/late" >"$scratch/said.txt" || status=$?
[ "$status" -eq 1 ] || fail "exit status $status when nothing was done"
grep -q '^left out ' "$scratch/said.txt" || fail "a step was begun without time for it"

# A build lacks two programs, which are compiled there.
"$source/tools/gpu/run" --build "$build" --steps launches --seconds 60 "$scratch/plain" >"$scratch/said.txt" ||
    fail "a plain build: $(cat "$scratch/said.txt")"
"$source/tools/gpu/run" --build "$build" --steps devices "$scratch/plain" 2>"$scratch/said.txt" &&
    fail "an old folder was written to"
status=0
"$source/tools/gpu/run" --build "$build" --steps nonsense "$scratch/none" 2>"$scratch/said.txt" || status=$?
[ "$status" -eq 2 ] || fail "exit status $status for an unknown step"
grep -q 'nonsense: no such step' "$scratch/said.txt" || fail "the step is not named"
[ ! -e "$scratch/none" ] || fail "a folder was made for nothing"
status=0
"$source/tools/gpu/pack" --build "$scratch" "$scratch/none" 2>"$scratch/said.txt" || status=$?
[ "$status" -eq 1 ] || fail "exit status $status for a folder without a build"
[ ! -e "$scratch/none/bin/gpufare" ] || fail "something was packed from nothing"
