# shellcheck shell=bash
# What tools/test says last, from the files of ctest and of the tests. Sourced by tools/test.

passed=0 failed=0 skipped=0 kernels=0

# testcases JUNIT_FILE: lines of "NAME run|fail|notrun|disabled".
testcases() {
    sed -n 's/.*<testcase name="\([^"]*\)".* status="\([^"]*\)".*/\1 \2/p' "$1"
}

count_lines() { # PATTERN FILE
    grep -cE "$1" "$2" || true
}

# Adds one ctest test: a Criterion program by its own report TAP, anything else as one.
add_test() { # NAME STATUS TAP
    local tap=$3 failures=0 skips=0
    if [ -f "$tap" ]; then
        failures=$(count_lines '^not ok ' "$tap")
        skips=$(count_lines '^ok .*# SKIP' "$tap")
        passed=$((passed + $(count_lines '^ok ' "$tap") - skips))
        failed=$((failed + failures))
        skipped=$((skipped + skips))
    fi
    case $2 in
        run) [ -f "$tap" ] || passed=$((passed + 1)) ;;
        notrun | disabled) skipped=$((skipped + 1)) ;;
        *) [ "$failures" -gt 0 ] || failed=$((failed + 1)) ;;
    esac
}

# count_tests JUNIT_FILE...: adds all tests; the reports of Criterion programs lie beside the files.
count_tests() {
    local file name status
    for file in "$@"; do
        while read -r name status; do
            add_test "$name" "$status" "$(dirname "$file")/$name.tap"
        done < <(testcases "$file")
    done
}

# judge_kernels JUNIT_FILE: sets kernels to how many OpenCL kernels plain_driver ran. Without any the
# tests have failed, and it says why.
judge_kernels() {
    local plain
    kernels=$(sed -n '/<testcase name="plain_driver"/,/<\/testcase>/s/.*OpenCL kernels run: \([0-9]*\).*/\1/p' "$1")
    kernels=${kernels:-0}
    plain=$(testcases "$1" | sed -n 's/^plain_driver //p')
    if [ "$kernels" -eq 0 ] && [ "$plain" = fail ]; then # counted already
        echo "FAILED: plain_driver, which runs OpenCL kernels, did not end well; its output is above"
    elif [ "$kernels" -eq 0 ] && [ "$plain" != run ]; then
        echo "FAILED: plain_driver, which runs OpenCL kernels, did not run"
        failed=$((failed + 1))
    elif [ "$kernels" -eq 0 ]; then
        echo "FAILED: no OpenCL kernel ran; 'gpufare doctor' says why"
        failed=$((failed + 1))
    fi
}
