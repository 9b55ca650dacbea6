#!/bin/bash
# Proves that a workload is four new files: puts those of tests/build/sample_workload into a copy of the
# tree, builds, runs it on all devices, and shows that no other file changed. Then configures the
# copy as if OpenCL were missing: its backend must drop out and the rest must work. Last, no build
# file may know a workload or a backend by its name.
# Arguments: CMAKE SOURCE_DIR BUILD_DIR SCRATCH_DIR
set -euo pipefail
cmake=$1 source=$2 main=$3 scratch=$4
tree=$scratch/tree build=$scratch/build
parts=(CMakeLists.txt cmake cpu host kernels_cl models python templates tests tools) # what a build reads
# The tool of the copy needs the worker of the copy, which knows the new workload.
unset GPUFARE_WORKER

fail() {
    echo "FAILED: $*"
    exit 1
}

configure_and_build() {
    # Kernels with vectors would take a third of the time.
    "$cmake" -S "$tree" -B "$build" -G Ninja "-DCMAKE_BUILD_TYPE=$type" \
        "-DCMAKE_C_COMPILER_LAUNCHER=$scratch/launcher" -DGPUFARE_WERROR=ON -DGPUFARE_VECTORS=OFF "$@" \
        >"$scratch/configure.log" 2>&1 || fail "configure: $(cat "$scratch/configure.log")"
    "$cmake" --build "$build" --target programs >"$scratch/build.log" 2>&1 ||
        fail "build: $(tail -n 40 "$scratch/build.log")"
}

# Runs saxpy on all devices and prints what each result says: lines of "KIND STATUS".
run_saxpy() {
    "$build/bin/gpufare" compare saxpy --count 10007 --repeat 1 --min-time 0 \
        --json "$scratch/saxpy.json" >&2 || fail "compare saxpy"
    tr -d ' \n' <"$scratch/saxpy.json" |
        grep -oE '"kind":"[^"]*"|"status":"(ok|unsupported|failed|mismatch)"' |
        sed 's/.*:"\(.*\)"/\1/' | paste -d ' ' - -
}

rm -rf "$scratch"
mkdir -p "$tree"
for part in "${parts[@]}"; do
    cp -r "$source/$part" "$tree/"
done
cp -r "$tree/tests/build/sample_workload/." "$tree/"

# What the four files do not touch is taken from the build that is there.
type=$(sed -n 's/^CMAKE_BUILD_TYPE:[A-Z]*=//p' "$main/CMakeCache.txt")
sed -n 's/^ *"command": "\(.*\)",$/\1/p' "$main/compile_commands.json" | sed 's/^[^-]* -/-/' >"$scratch/commands"
printf '#!/bin/sh\nexec sh "%s/tests/build/same_object.sh" "%s" "%s" "%s" "%s" "%s" "$@"\n' "$source" "$source" "$main" \
    "$tree" "$build" "$scratch/commands" >"$scratch/launcher"
chmod +x "$scratch/launcher"

configure_and_build
results=$(run_saxpy)
echo "$results"
if grep -v ' ok$' <<<"$results"; then
    fail "a device did not pass"
fi
grep -q '^native ' <<<"$results" || fail "no native result"
grep -q '^opencl-' <<<"$results" || fail "no OpenCL result"
if "$cmake" --build "$build" --target help | grep -q '^test_saxpy:'; then
    "$cmake" --build "$build" --target test_saxpy >"$scratch/build.log" 2>&1 ||
        fail "build of the test: $(tail -n 40 "$scratch/build.log")"
    "$build/bin/test_saxpy" || fail "test_saxpy"
fi

configure_and_build -DCMAKE_DISABLE_FIND_PACKAGE_OpenCL=ON
grep -q '^-- Backend .*: left out: ' "$scratch/configure.log" || fail "no backend was left out"
results=$(run_saxpy)
echo "$results"
if [ -z "$results" ] || grep -v '^native ok$' <<<"$results"; then
    fail "without OpenCL"
fi

cd "$scratch"
new_files=$(for part in "${parts[@]}"; do diff -rq "$source/$part" "tree/$part" || true; done | sort)
expected=$(sort <<END
Only in tree/cpu: saxpy.c
Only in tree/host/workloads: saxpy.c
Only in tree/kernels_cl: saxpy.cl
Only in tree/tests/unit/workloads: test_saxpy.c
END
)
[ "$new_files" = "$expected" ] || fail "not just four new files: $new_files"

for path in "$source"/host/backends/*/ "$source"/host/workloads/*.c; do
    name=$(basename "$path" .c)
    if grep -rnwi "$name" "$source/CMakeLists.txt" "$source/cmake"; then
        fail "a build file knows $name by its name"
    fi
done
