#!/bin/bash
# `gpufare trace` on small programs of known truth (support/traced_program.c) on this machine's driver:
# what they print and end with does not change, each flaw is found, none in the clean one.
. "$(dirname "$0")/cli.bash"
: "${CHECK_JSON:?is the path of the checker}" "${PROGRAM:?is the program}" "${LATE:?loads OpenCL late}"

# traced PROGRAM MODE: runs it alone and under the tool, and compares. The report is in r.json.
traced() {
    local program=$1 mode=$2 own
    "$program" "$mode" >own.txt 2>own.err
    own=$?
    run trace --json r.json -- "$program" "$mode"
    [ "$status" -eq "$own" ] || fail "$mode: exit status $status, not $own"
    cmp -s own.txt "$scratch/stdout" || fail "$mode: what it prints has changed"
    [ "$mode" = crash ] || cmp -s own.err /dev/null || fail "$mode: $(head -1 own.err)"
}

# expect RULE...: of the report.
expect() {
    local output
    output=$("$CHECK_JSON" gpufare.trace/1 r.json "$@" 2>&1) || fail "$program $mode: $output"
}

# finds KIND [ALSO]: that alone is found, and perhaps ALSO; "" nothing is found.
finds() {
    local found
    found=$(sed -n '/"findings"/,/\]/s/.*"kind": "\([a-z-]*\)".*/\1/p' r.json | grep -vx "${2:-none}" |
        sort -u | tr '\n' ' ')
    [ "$found" = "${1:+$1 }" ] || fail "$mode: found '$found', not '$1'"
}

# ---- Refused
expect_error 2 "trace: which program? give it with its arguments after --" trace
expect_error 2 "lists the options; if it is the program's, put -- before the program" trace true -l
expect_error 2 "parameters); if it is the program's, put -- before the program" trace true --list
expect_error 2 "--read: reports from a file and runs nothing; leave out true" trace --read x -- true
expect_error 2 "--json -: stdout is the program's" trace --json - -- true
expect_error 2 "--attach-file: there is nothing new to keep" trace --read x --attach-file y
expect_error 1 "cannot open nosuch: No such file or directory; check its name" trace --read nosuch
expect_ok trace --help
says "signal N ended the program"
echo "no trace" >text
expect_error 2 "text: no trace" trace --read text
rm text
expect_error 127 "cannot run ./nosuch: No such file or directory" trace -- ./nosuch
mkdir folder
expect_error 126 "cannot run ./folder: Permission denied" trace -- ./folder
rmdir folder

# ---- Without OpenCL
run trace -- sh -c 'cat; echo out; echo err >&2; exit 9' <<<"in"
[ "$status" -eq 9 ] || fail "a program without OpenCL: exit status $status"
[ "$(cat "$scratch/stdout")" = "$(printf 'in\nout')" ] || fail "stdin or stdout did not pass"
grep -q "the layer did not report" "$scratch/stderr" || fail "it is not said that there is no trace"
run trace -- sh -c 'kill -TERM $$'
[ "$status" -eq 143 ] || fail "ended by SIGTERM: exit status $status"
grep -q "ended by signal 15 (SIGTERM)" "$scratch/stderr" || fail "SIGTERM is not named"

# ---- Flaws
"$PROGRAM" clean >/dev/null 2>&1
if [ $? -ne 3 ]; then
    echo "skipped: no OpenCL device that runs the program"
    exit 77
fi
sums() { echo "processes.0.sums.$1=$2"; }
program=$PROGRAM
if [ -n "${REFUSALS:-}" ]; then
    # Shares of time depend on the driver; counts do not.
    mode=clean
    run trace --json r.json -- "$program" clean
    [ "$status" -eq 3 ] || fail "clean: exit status $status, not 3"
    expect "$(sums builds 1)" "$(sums launches 40)" "$(sums up_bytes 1048576)" "$(sums down_bytes 8)" \
        'processes.0.clean_end=true' 'processes.0.dropped_records=0'
    finish
fi
traced "$program" clean
finds ""
expect "$(sums builds 1)" "$(sums launches 40)" "$(sums uploads 1)" "$(sums up_bytes 1048576)" \
    "$(sums downloads 1)" "$(sums down_bytes 8)" 'exit_status=3' 'processes.0.clean_end=true' \
    'processes.0.kernels.0.name="work"' 'processes.0.kernels.0.launches=40' \
    'processes.0.kernels.0.items=10485720' 'processes.0.dropped_records=0' \
    'processes.0.kernels.0.touch_bytes=2097152' 'processes.0.buffers.0.launches=40' \
    "$(sums peak_bytes 2097152)" 'processes.0.checklist.0.point="memory"' \
    'processes.0.checklist.0.status="pass"' 'processes.0.checklist.3.status="pass"' \
    'processes.0.what_if=null'
traced "$program" resent
finds resent-bytes copies-in-shared-memory
expect "$(sums uploads 40)" 'processes.0.buffers.0.sent_again=39' "$(sums up_bytes 671088640)"
traced "$program" small
finds small-transfers
expect "$(sums uploads 20000)" "$(sums up_bytes 1280000)"
traced "$program" idle
finds idle-device
traced "$program" rebuilt
finds repeated-builds
expect "$(sums builds 10)"
traced "$program" shared
if grep -q "has one memory with the host" r.json; then # else the driver says that it has two
    finds copies-in-shared-memory
fi
expect "$(sums uploads 20)" "$(sums up_bytes 335544320)"
traced "$program" unseen
finds unseen-downloads
expect "$(sums downloads 21)"
traced "$program" lanes
grep -q '"kind": "idle-lanes"' r.json || fail "idle lanes are not found"

traced "$program" kinds
grep -q "^sum 2200$" "$scratch/stdout" || fail "commands of all kinds: another result"
expect "$(sums uploads 201)" "$(sums downloads 401)" "$(sums launches 1)" \
    'processes.0.dropped_records=0' 'processes.0.clean_end=true'

# ---- Ends
for program in "$PROGRAM" "$LATE"; do
    modes=(thread crash quick exec fork-late)
    [ "$program" = "$PROGRAM" ] || modes=(thread crash)
    for mode in "${modes[@]}"; do
        traced "$program" "$mode"
        expect "$(sums launches 40)" "$(sums builds 1)"
        [ "$mode" != fork-late ] || grep -q "it forked after its first OpenCL call (1)" r.json || fail "no word of the fork"
    done
done
program=$PROGRAM
traced "$program" crash
expect 'signal=11' 'processes.0.clean_end=false'
traced "$program" exec
expect 'exit_status=7' 'processes.0.clean_end=false'
traced "$program" fork
expect "$(sums launches 40)" 'processes.1.sums.launches=40'

# ---- A trace that is kept says the same elsewhere
run trace --attach-file kept.gftrace --json now.json --timeline time.json -q -- "$PROGRAM" clean
if [ "$status" -ne 3 ] || [ -s "$scratch/stderr" ]; then
    fail "--attach-file: exit status $status"
fi
expect_ok trace --read kept.gftrace --json later.json
says "Verdict: "
cmp now.json later.json || fail "a kept trace gives another report"
python3 -c 'import json; assert len(json.load(open("time.json"))["traceEvents"]) > 80' ||
    fail "the timeline is not JSON, or too short"
head -c 3000 kept.gftrace >cut.gftrace
expect_ok trace --read cut.gftrace
says "the file ends inside of a record"
! grep -q "exit handlers" "$scratch/stdout" || fail "the cut of a file is told as an end of the process"
head -c 100 kept.gftrace >cut.gftrace
expect_ok trace --read cut.gftrace
says "the file ends before the first whole record"

# ---- On other devices
expect_ok trace --read kept.gftrace --device-model h100-pcie,radeon-780m --json other.json
says "What if: predicted, not measured"
says "this program could at best run"
says "Predicted ledger on radeon-780m (data sheet)"
output=$("$CHECK_JSON" gpufare.trace/1 other.json 'processes.0.what_if.devices.0.kind="bounds"' \
    'processes.0.what_if.devices.1.fits=true' 2>&1) || fail "--device-model: $output"
expect_error 2 "nosuch" trace --read kept.gftrace --device-model nosuch
expect_error 2 "nosuch" trace --device-model nosuch -- touch started
[ ! -e started ] || fail "a program ran before its options were refused"
expect_error 3 "no OpenCL device of this machine was calibrated" trace --read kept.gftrace --calibrated
expect_error 3 "no OpenCL device of this machine was calibrated" trace --calibrated -- touch started
echo '{}' >empty.json
expect_error 2 "holds no profiles" trace --device-model empty.json -- touch started
[ ! -e started ] || fail "a program ran before its profiles were looked for"
cp kept.gftrace same.gftrace
expect_error 2 "is the trace that --read reads" trace --read same.gftrace --html ./same.gftrace
cmp kept.gftrace same.gftrace || fail "a report replaced the trace that it is of"
printf 'X' | dd of=kept.gftrace bs=1 seek=1000 conv=notrunc status=none
expect_error 2 "damaged at byte" trace --read kept.gftrace

# ---- Another layer stays, and a limit is kept
OPENCL_LAYERS=/nosuch.so traced "$PROGRAM" clean
expect "$(sums launches 40)"
run trace --limit 1 --json r.json -- "$PROGRAM" small
! grep -q '"dropped_records": 0' r.json || fail "more than 1 MiB was kept"
[ -z "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'gpufare-trace-*' -newer own.txt 2>/dev/null)" ] ||
    fail "folders were left behind"

finish
