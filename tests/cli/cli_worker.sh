#!/bin/bash
# Drivers in processes of their own: whatever a driver does is one failed row, the others are complete,
# and nothing is left behind when the tool or the worker is killed. A layer makes a real driver misbehave.
. "$(dirname "$0")/cli.bash"
skip_without_f64
skip_without_layer
read -ra precision < <(opencl_precision)
LAYER_PROGRAM=$(basename "$GPUFARE_WORKER")
export LAYER_PROGRAM LAYER_WORD=serve OPENCL_LAYERS=$LAYER
quick=(--repeat 2 --min-time 0 --no-tune "${precision[@]}")
diffusion=(diffusion --size 24x16 --steps 6 --steps-per-transfer 2 --device native:scalar,cpu,native)

# workers: the processes of this test's workers. The scratch folder is in the environment of each.
export WORKER_TEST=$scratch
workers() {
    local environment
    for environment in $(grep -alzs "^WORKER_TEST=$scratch$" /proc/[0-9]*/environ); do
        environment=${environment%/environ}
        ! grep -aqs serve "$environment/cmdline" || basename "$environment"
    done
}

# expect_no_worker NAME: soon no worker is left.
expect_no_worker() {
    for _ in $(seq 600); do
        [ -n "$(workers)" ] || return
        sleep 0.05
    done
    fail "$1: workers are left: $(workers | tr '\n' ' ')"
}

# Calls are counted: the clock, which may have to be tested several times, is believed as it is.
export GPUFARE_CLOCK_TEST=0 GPUFARE_FACTS=0

# Unit tests beside this one have arenas there, ranks of MPI their segments, and LLVM's OpenMP a file for
# each process, which a killed one leaves.
shared() {
    find /dev/shm -mindepth 1 ! -path '*/bxf_*' ! -name '__KMP_*' ! -name 'vader_segment*' \
        ! -name 'sm_segment*' ! -name 'mpich*' 2>/dev/null | sort
}
shared_before=$(shared)

# ---- The same results as in this process
for mode in "" --in-process; do
    run compare "${diffusion[@]}" "${quick[@]}" -q $mode --json "r$mode.json"
    [ "$status" -eq 0 ] || fail "compare $mode: exit status $status"
    grep '"checksum"' "r$mode.json" >"sums$mode"
done
[ "$(wc -l <sums)" -eq 3 ] || fail "not three checksums"
cmp -s sums sums--in-process || fail "other results than in process"
rm -f r*.json sums*
expect_no_worker "after a comparison"

# ---- Faults: FUNCTION:CALL:ACTION, the words of the row, further arguments
while IFS='|' read -r fault words more; do
    name=$fault
    export LAYER_FAIL=$fault
    # shellcheck disable=SC2086
    run compare "${diffusion[@]}" "${quick[@]}" $more --json r.json
    [ "$status" -eq 1 ] || fail "$name: exit status $status, not 1"
    [ "$(grep -c '"status": "ok"' r.json)" -eq 2 ] || fail "$name: the native rows are incomplete"
    grep -q "\"reason\": \".*$words" r.json || fail "$name: the reason lacks '$words'"
    grep -q "^Verdict" "$scratch/stdout" || fail "$name: there is no verdict"
    grep -q "failed" "$scratch/stdout" || fail "$name: the table has no failed row"
    [ "$(wc -c <"$scratch/stderr")" -lt 10000 ] || fail "$name: the driver's output is not bounded"
    expect_no_worker "$name"
    rm -f r.json
done <<'END'
clBuildProgram:1:abort|crashed with SIGABRT while it compiled the kernel; it said: layer: this driver will abort|
clBuildProgram:1:exit|ended its process with exit status 7 while it compiled the kernel|
clBuildProgram:1:segv|crashed with SIGSEGV while it compiled the kernel|
clBuildProgram:1:hang|no answer within the deadline of 5 s while it compiled the kernel|--deadline 5
clCreateContext:1:abort|crashed with SIGABRT while it opened the device|
clCreateBuffer:1:segv|crashed with SIGSEGV while it made a buffer|
clEnqueueNDRangeKernel:2:abort|crashed with SIGABRT while a round trip ran|
clEnqueueNDRangeKernel:1:noise|no answer within the deadline of 5 s while a round trip ran|--deadline 5
clEnqueueMapBuffer:4:exit|ended its process with exit status 7|
clFinish:2:kill|ended from outside or for lack of memory (SIGKILL)|
END
unset LAYER_FAIL

# ---- The doctor knows what a driver did last, SIGKILL apart, although its own kernels work on it
checks=$((checks + 1))
"$GPUFARE" doctor >"$scratch/stdout" 2>"$scratch/stderr"
grep -A1 "^warn .*last failure of driver " "$scratch/stdout" | tr -s ' \n' ' ' |
    grep -qE "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}: ended its process with exit status 7" ||
    fail "the doctor does not know the driver's last failure: $(cat "$scratch/stdout")"

# ---- Progress while a driver compiles
if command -v script >/dev/null; then
    checks=$((checks + 1))
    LAYER_FAIL=clBuildProgram:1:hang TERM=xterm script -qec \
        "'$GPUFARE' run julia --device cpu --size 24x16 --no-tune --deadline 3 --color never" \
        "$scratch/typescript" >/dev/null </dev/null
    tr '\r' '\n' <"$scratch/typescript" | grep -qE "^julia on [0-9:]+ [a-z]+: build, [1-9][.0-9]* s" ||
        fail "no progress while a driver compiles"
fi

# ---- A driver that fails while it lists its devices is a warning, and a missing row a failure
export LAYER_FAIL=clGetDeviceIDs:1:abort
run devices
[ "$status" -eq 0 ] || fail "devices: exit status $status"
grep -q "crashed with SIGABRT while it listed its devices" "$scratch/stdout" ||
    fail "devices: the driver's crash is not told"
# Every report of commands that choose devices by themselves says so, too.
for command in "breakeven sum --sweep count=1000:2000 --no-predict ${quick[*]}" "calibrate --show"; do
    # shellcheck disable=SC2086 # its words
    run $command --json r.json
    [ "$status" -eq 1 ] || fail "$command: exit status $status"
    grep -q "^gpufare: 1 driver failed when asked for devices" "$scratch/stderr" ||
        fail "$command: why it failed is not told"
    grep -q "^not used: .*crashed with SIGABRT" "$scratch/stdout" ||
        fail "$command: a device that is missing is not told"
    grep -A 1 '"not_used"' r.json | grep -q "crashed with SIGABRT" || fail "$command: not in the JSON"
done
run compare sum --count 1000 "${quick[@]}" --csv r.csv
[ "$status" -eq 1 ] || fail "compare without the driver's rows: exit status $status"
grep -q "native" r.csv || fail "the native rows are lost"
run compare sum --count 1000 "${quick[@]}" --device native
[ "$status" -eq 0 ] || fail "compare of devices named by their ids: exit status $status"
rm -f r.csv
rm -f r.json
unset LAYER_FAIL

# ---- kill -9 of the worker in the middle of a run
"$GPUFARE" run julia --device cpu "${precision[@]}" --repeat 1000000 --size 640x640 --json r.json \
    >"$scratch/stdout" 2>"$scratch/stderr" &
pid=$!
# A worker that dies before the run begins is replaced, and on a busy machine that takes its time.
for _ in $(seq 60); do
    sleep 1
    # shellcheck disable=SC2046
    [ -z "$(workers)" ] || kill -9 $(workers) 2>/dev/null
    kill -0 "$pid" 2>/dev/null || break
done
kill -9 "$pid" 2>/dev/null
wait "$pid"
status=$?
checks=$((checks + 1))
[ "$status" -eq 1 ] || fail "a killed worker: exit status $status, not 1"
grep -q "ended from outside or for lack of memory (SIGKILL)" r.json || fail "a killed worker: the reason is missing"
expect_no_worker "a killed worker"
rm -f r.json

# ---- kill -9 of the tool: while the worker computes, and while its driver hangs
for fault in "" clBuildProgram:1:hang; do
    export LAYER_FAIL=$fault
    "$GPUFARE" run julia --device cpu "${precision[@]}" --repeat 1000000 --size 640x640 \
        >"$scratch/stdout" 2>"$scratch/stderr" &
    pid=$!
    for _ in $(seq 600); do
        [ -z "$(workers)" ] || break
        sleep 0.05
    done
    sleep 0.5
    checks=$((checks + 1))
    [ -n "$(workers)" ] || fail "there was no worker"
    kill -9 "$pid"
    wait "$pid" 2>/dev/null
    expect_no_worker "a killed tool, fault '$fault'"
done
unset LAYER_FAIL

# ---- kill -9 of the tool while a probe hangs: its process ends, and its private directory is removed
mkdir "$scratch/tmp" "$scratch/fresh"
env -u LAYER_WORD LAYER_FAIL=clGetPlatformIDs:1:hang TMPDIR="$scratch/tmp" \
    XDG_CACHE_HOME="$scratch/fresh" "$GPUFARE" devices >"$scratch/stdout" 2>"$scratch/stderr" &
pid=$!
for _ in $(seq 600); do
    grep -qs . "$scratch"/tmp/gpufare-drivers-*/*.icd && break
    sleep 0.05
done
sleep 1
checks=$((checks + 1))
[ -n "$(ls -A "$scratch/tmp")" ] || fail "there was no probe"
kill -9 "$pid"
wait "$pid" 2>/dev/null
for _ in $(seq 600); do
    [ -n "$(ls -A "$scratch/tmp")" ] || break
    sleep 0.05
done
[ -z "$(ls -A "$scratch/tmp")" ] || fail "a probe leaves $(ls -A "$scratch/tmp")"

# ---- Ctrl-C while the driver hangs: the request is cut off, although the driver does not answer
export LAYER_FAIL=clFinish:3:hang
set -m
"$GPUFARE" run julia --device cpu "${precision[@]}" --repeat 1000000 --size 640x640 >"$scratch/stdout" \
    2>"$scratch/stderr" &
pid=$!
set +m
sleep 2
kill -s INT "$pid"
wait "$pid"
status=$?
checks=$((checks + 1))
[ "$status" -eq 130 ] || fail "Ctrl-C while the driver hangs: exit status $status, not 130"
expect_no_worker "Ctrl-C while the driver hangs"
unset LAYER_FAIL

left=$(comm -13 <(echo "$shared_before") <(shared))
[ -z "$left" ] || fail "something is left in /dev/shm: $left"
finish
