#!/bin/bash
# Checks what the scripts in tools/ do around the programs: the last words of tools/test, on made
# reports, and what tools/packages.sh installs, on a made system. Arguments: SOURCE_DIR SCRATCH_DIR
set -euo pipefail
source=$1 scratch=$2

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

rm -rf "$scratch"
mkdir -p "$scratch/reports" "$scratch/bin"

# ---- tools/verdict.sh

# report STATUS OUTPUT: the file of ctest, with plain_driver and others, one of which is Criterion's.
report() {
    cat >"$scratch/reports/first.xml" <<END
<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="(empty)" tests="4" failures="0" disabled="0" skipped="0" hostname="" time="9">
	<testcase name="plain_driver" classname="plain_driver" time="1.5" status="$1">
		<properties/>
		<system-out>$2</system-out>
	</testcase>
	<testcase name="plain_driver_in_process" classname="plain_driver_in_process" time="2" status="run">
		<system-out>OpenCL kernels run: 77</system-out>
	</testcase>
	<testcase name="test_x" classname="test_x" time="1" status="fail">
	</testcase>
	<testcase name="check_oclgrind" classname="check_oclgrind" time="0" status="notrun">
	</testcase>
</testsuite>
END
    printf '%s\n' "ok - a::b  (0.00s)" "not ok - a::c  (0.00s)" "ok - a::d  (0.00s) # SKIP none" \
        "not ok - a::e  (0.00s)" >"$scratch/reports/test_x.tap"
}

# verdict STATUS OUTPUT: what is said, and the counts.
verdict() {
    report "$1" "$2"
    bash -euo pipefail -c '
        . "$1/tools/verdict.sh"
        count_tests "$2/first.xml"
        judge_kernels "$2/first.xml"
        echo "$kernels kernels, $passed passed, $failed failed, $skipped skipped"' \
        bash "$source" "$scratch/reports"
}

# expect_verdict WANTED STATUS OUTPUT
expect_verdict() {
    local said
    said=$(verdict "$2" "$3")
    [ "$said" = "$1" ] || fail "plain_driver ($2, '$3'): '$said', not '$1'"
}

no_kernel="FAILED: no OpenCL kernel ran; 'gpufare doctor' says why"
no_end="FAILED: plain_driver, which runs OpenCL kernels, did not end well; its output is above"
expect_verdict "812 kernels, 3 passed, 2 failed, 2 skipped" run "OpenCL kernels run: 812"
expect_verdict "$no_kernel
0 kernels, 3 passed, 3 failed, 2 skipped" run "OpenCL kernels run: 0"
expect_verdict "$no_end
0 kernels, 2 passed, 3 failed, 2 skipped" fail "Segmentation fault"
expect_verdict "12 kernels, 2 passed, 3 failed, 2 skipped" fail "OpenCL kernels run: 12"
expect_verdict "FAILED: plain_driver, which runs OpenCL kernels, did not run
0 kernels, 2 passed, 3 failed, 3 skipped" notrun ""

# ---- tools/packages.sh

# A system on which only cmake is installed. LINKS: whether a program links with an OpenCL loader.
made() { # NAME LINE...
    local path=$scratch/bin/$1
    shift
    printf '%s\n' '#!/bin/sh' "$@" >"$path"
    chmod +x "$path"
}
# shellcheck disable=SC2016 # expanded in the made programs
{
    made dpkg-query 'for name in "$@"; do last=$name; done' \
        '[ "$last" = cmake ] && echo installed || exit 1'
    made cc '[ "$LINKS" = yes ]'
    made id 'echo 0'
    made apt-get 'echo "$*" >>"$LOG"' 'case $* in *" install "*) echo "E: no room"; exit "$STATUS" ;; esac'
}

# install LINKS STATUS PACKAGE...: sets status and said; what apt-get was asked is in the log.
install() {
    local links=$1 apt=$2
    shift 2
    : >"$scratch/log"
    status=0
    # shellcheck disable=SC2016 # expanded in the inner shell
    said=$(env PATH="$scratch/bin:$PATH" LINKS="$links" STATUS="$apt" LOG="$scratch/log" \
        sh -euc '. "$0/tools/packages.sh"; install_packages "$@"' "$source" "$@" 2>&1) || status=$?
}

# Debian's package would take the place of another loader that works.
install yes 0 cmake ocl-icd-opencl-dev
[ "$status" -eq 0 ] || fail "a loader that links: exit status $status: $said"
[ ! -s "$scratch/log" ] || fail "a loader that links: apt-get is asked: $(cat "$scratch/log")"
install no 0 cmake ocl-icd-opencl-dev
[ "$status" -eq 0 ] || fail "without a loader: exit status $status: $said"
grep -q "^.*install .*ocl-icd-opencl-dev$" "$scratch/log" || fail "without a loader none is installed"
! grep -q "install.* cmake" "$scratch/log" || fail "what is there is installed again"
grep -q "^.*install .*--no-remove" "$scratch/log" || fail "apt-get may remove packages: $(cat "$scratch/log")"
[ "$said" = "Installing: ocl-icd-opencl-dev" ] || fail "it is not said what is installed: $said"
# What can't be had without a removal fails, with apt's reason.
install no 100 oclgrind
[ "$status" -ne 0 ] || fail "apt-get's failure is lost"
grep -q "E: no room" <<<"$said" || fail "apt-get's reason is lost: $said"
echo "the scripts' last words and what they install are right"
