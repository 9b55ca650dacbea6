#!/bin/sh
# tools/mutants/run on mutants whose outcome is known, of OpenCL kernels and of native ones; and with a gpufare
# that says of every kernel that its results are right, which it must find.
# Arguments: SOURCE_DIR BUILD_DIR SCRATCH_DIR
set -eu
source=$1 build=$2 scratch=$3

fail() {
    echo "FAILED: $*"
    exit 1
}

PYTHONDONTWRITEBYTECODE=1 python3 "$source/tests/build/check_mutants.py" "$source"
rm -rf "$scratch"
mkdir -p "$scratch"
export TMPDIR="$scratch"

mutants() {
    "$source/tools/mutants/run" --gpufare "$build/bin/gpufare" --build "$build" --json "$scratch/mutants.json" "$@"
}

if [ -e "$build/build.ninja" ] && command -v ninja >/dev/null; then
    mutants --known --kernels native || fail "a native mutant"
fi
if ! echo '#include <CL/cl_layer.h>' | cc -fsyntax-only -xc - 2>/dev/null ||
    ! "$build/bin/gpufare" run sum --count 10 --device 0:0 --quiet; then
    echo "skipped: no OpenCL device 0:0, or no cl_layer.h"
    exit 77
fi
mutants --known || fail "an OpenCL mutant"

# What was kept is not done again.
mutants --only "sum:naive --count 1001" --runs 2 --json "$scratch/seeded.json"
mutants --only "sum:naive --count 1001" --runs 3 --json "$scratch/seeded.json"
[ "$(grep -c '"index":' "$scratch/seeded.json")" -eq 3 ] || fail "the file has not 3 mutants"
grep -q '"complete": true' "$scratch/seeded.json" || fail "the file is not complete"

# A program that believes everything.
cat >"$scratch/believer" <<END
#!/bin/sh
"$build/bin/gpufare" "\$@"
for argument in "\$@"; do
    [ "\${last:-}" = --json ] && report=\$argument
    last=\$argument
done
sed -i -e 's/"status": "[a-z]*"/"status": "ok"/' -e 's/"phases": null/"phases": {}/' "\$report"
END
chmod +x "$scratch/believer"
if mutants --known --only sum:group --gpufare "$scratch/believer" >"$scratch/believed.txt"; then
    fail "a program that believes everything passes"
fi
[ "$(grep -c '^WRONG, not refused: accepted' "$scratch/believed.txt")" -eq 2 ] ||
    fail "not all mutants that it accepts are found: $(cat "$scratch/believed.txt")"
