#!/bin/sh
# tools/bench/accuracy on tiny problems: it measures, goes on where it stopped, predicts each case, and its
# figures are those that made-up times have in closed form.
# Arguments: SOURCE_DIR BUILD_DIR SCRATCH_DIR
set -eu
source=$1 build=$2 scratch=$3

fail() {
    echo "FAILED: $*"
    exit 1
}

rm -rf "$scratch"
mkdir -p "$scratch/build/bin"
# It judges no time, so the tool's clock may run fast, which ends calibrations sooner.
hurried=
[ -z "${FAST_CLOCK_LIBRARY:-}" ] || hurried="env LD_PRELOAD='$FAST_CLOCK_LIBRARY' FAST_CLOCK=10"
printf '#!/bin/sh\nexec %s "%s/bin/gpufare" "$@"\n' "$hurried" "$build" >"$scratch/build/bin/gpufare"
chmod +x "$scratch/build/bin/gpufare"
ln -s "$build/bin/predict_cases" "$scratch/build/bin/"
build=$scratch/build
# By itself the native device may pick the scalar kernel, which is listed already.
simd=$("$build/bin/gpufare" devices --json - | python3 -c '
import json, sys
print(next(d["simd"] for d in json.load(sys.stdin)["devices"] if d["id"] == "native"))')
accuracy() {
    "$source/tools/bench/accuracy" --quick --build "$build" --min-time 0 --device "native:$simd,native:scalar" "$@"
}

# Stopped after the first measurement, it says what is left; run again, it goes on.
status=0
accuracy --measure --rounds 2 --seconds 0.001 --output "$scratch/out" 2>"$scratch/stopped.txt" || status=$?
[ "$status" -eq 1 ] || fail "stopped early: exit status $status, not 1"
grep -q 'run it again' "$scratch/stopped.txt" || fail "it does not say how to go on"
accuracy --rounds 2 --output "$scratch/out" >"$scratch/report.md" 2>"$scratch/went-on.txt"
cmp "$scratch/report.md" "$scratch/out/accuracy.md" || fail "what is printed is not what is kept"
grep -q '^## By candidate' "$scratch/report.md" || fail "the report lacks a table"

PYTHONDONTWRITEBYTECODE=1 python3 "$source/tests/build/check_accuracy.py" "$source" "$build" "$scratch"

# Options that make no sense are refused with a line that names them.
for options in "--cases nothing" "--rounds 0" "--build /nowhere"; do
    # shellcheck disable=SC2086 # an option and its value
    if accuracy $options --output "$scratch/refused" 2>"$scratch/refused.txt"; then
        fail "$options was accepted"
    fi
    grep -qe "${options%% *}" "$scratch/refused.txt" || fail "$options: the message does not name it"
done
