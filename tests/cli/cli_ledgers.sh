#!/bin/bash
# A `run` under `gpufare trace`: each of its round trips is in the trace, with its launches between its
# transfers. tools/bench/ledgers also judges the times, which this test does not.
. "$(dirname "$0")/cli.bash"
: "${LEDGERS:?is the command that compares}"

skip_without_f64
checks=$((checks + 1))
python3 "$LEDGERS" --tool "$GPUFARE" --size 64x48 --trips 3 --structure >"$scratch/stdout" 2>"$scratch/stderr" ||
    fail "$(cat "$scratch/stdout" "$scratch/stderr")"
grep -q "launch + kernel *run .* trace " "$scratch/stdout" || fail "it shows no times"

finish
