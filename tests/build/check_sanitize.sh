#!/bin/sh
# Builds with AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer and runs the plain
# driver and the cli tests in that build. GPUFARE_FULL=1: those that take minutes there, too. Every
# finding ends the program with a status of its own, and reports go to files, so that a test that
# expects a failing tool can't hide one.
# Arguments: CMAKE SOURCE_DIR BUILD_DIR SCRATCH_DIR
set -eu
cmake=$1 source=$2 build=$3-sanitize scratch=$4

rm -rf "$scratch"
mkdir -p "$scratch"
if ! { "$cmake" --preset asan-ubsan -S "$source" -B "$build" &&
    "$cmake" --build "$build" --target programs plain_driver; } >"$scratch/build.log" 2>&1; then
    tail -n 60 "$scratch/build.log"
    exit 1
fi

report=$scratch/report
# Up to GCC 13 the interceptor of __tls_get_addr may take a thread-local block of another library for
# one of glibc 2.19, and the leak check then crashes (google/sanitizers issue 1322).
options=detect_leaks=1:detect_stack_use_after_return=1:intercept_tls_get_addr=0:exitcode=99
export ASAN_OPTIONS="$options:log_path='$report'"
export UBSAN_OPTIONS="print_stacktrace=1:log_path='$report'"
# What a driver allocates is its own, however long it keeps it. That gpufare releases its OpenCL objects
# is counted by the layer of cli_layer.sh.
cp "$source/tests/support/lsan.supp" "$scratch/lsan.supp"
for icd in "${OCL_ICD_VENDORS:-/etc/OpenCL/vendors}"/*.icd; do
    library=$(head -n 1 "$icd" 2>/dev/null || true)
    [ -z "$library" ] || echo "leak:${library##*/}" >>"$scratch/lsan.supp"
done
export LSAN_OPTIONS="suppressions='$scratch/lsan.supp':print_suppressions=0"

status=0
# The cli tests begin with these kernels, too.
kernels=$build/tests/environment/plain_driver/pocl
mkdir -p "$scratch/files" "$kernels"
cp -r "$POCL_CACHE_DIR/." "$kernels"
"$build/bin/plain_driver" --in-process --every=6 all "$scratch/files" >"$scratch/driver.log" 2>&1 &
driver=$!
# Beside it. The known answers are hundreds of runs of what the plain driver runs too; calibrations,
# the search for facts, models, signals and everything about users' kernels take minutes (a part of the
# latter is in cli_new, cli_check, cli_broken_kernels); predictions, also those of cli_questions, get a
# profile from the other build.
left_out='known_answers|calibrate|advise|breakeven|facts|layer|json|examples|export|cores|interrupt|user_kernel|models|first_steps|questions'
[ -z "${GPUFARE_FULL:-}" ] || left_out='^$'
cli_tests() { # OPTION...
    ctest --test-dir "$build" -L cli -E "$left_out" "$@"
}
# Each begins with the kernels that it left in the other build: a driver compiles the same ones here.
# A driver may be at work there, so that a file goes before it is copied; what lacks is compiled.
for name in $(cli_tests -N | sed -n 's/^ *Test *#[0-9]*: //p'); do
    ! [ -d "$3/tests/environment/$name/pocl" ] ||
        cp -r "$3/tests/environment/$name/pocl/." "$build/tests/environment/$name/pocl" 2>/dev/null || true
done
# One more than cores, since some wait for launchers and deadlines.
SLOWER=10 cli_tests -j $(($(nproc) + 1)) --output-on-failure || status=$?
export XDG_CACHE_HOME="$scratch/cache"
if [ -n "${PROFILES:-}" ] && [ -d "$PROFILES" ]; then # cli_advise left them
    mkdir -p "$XDG_CACHE_HOME/gpufare"
    cp "$PROFILES"/profile-*.json "$XDG_CACHE_HOME/gpufare/"
fi
predicts() { # VERB OPTION...
    GPUFARE_WORKER="$build/bin/gpufare-worker" "$build/bin/gpufare" "$@" -q -d native:scalar,native \
        --repeat 2 --min-time 0 --no-watch || status=$?
}
env ${FAST_CLOCK_LIBRARY:+"LD_PRELOAD=$FAST_CLOCK_LIBRARY" FAST_CLOCK=10} \
    "$3/bin/gpufare" advise prime --budget 0 -q -d native:scalar,native || status=$?
predicts advise prime
predicts advise prime --number 1000006000009 --check --json "$scratch/files/advice.json"
predicts breakeven prime --sweep number=1000003:1000006000009:x1000 --json "$scratch/files/sweep.json" \
    --svg "$scratch/files/sweep.svg" --markdown "$scratch/files/sweep.md"
wait "$driver" || status=$?
cat "$scratch/driver.log"

# LeakSanitizer says this of a thread that ends while it looks around, also where it then finds nothing.
remark='Running thread [0-9]* was not suspended. False leaks are possible.$'
for file in "$report".*; do
    if [ -e "$file" ] && grep -qv "$remark" "$file"; then
        status=1
        echo "$file:"
        head -n 60 "$file"
    fi
done
exit "$status"
