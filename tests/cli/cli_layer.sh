#!/bin/bash
# The tool on a real driver behind a layer that misbehaves: errors at any OpenCL call, flipped bits,
# impossible event times, objects that are never released.
. "$(dirname "$0")/cli.bash"
skip_without_f64
skip_without_layer
export OPENCL_LAYERS=$LAYER LAYER_LOG=$scratch/layer.log
# The workers, but not their probes.
LAYER_PROGRAM=$(basename "$GPUFARE_WORKER")
export LAYER_PROGRAM LAYER_WORD=serve

# Calls are counted: what a device can do is taken as its driver says, and not found out.
export GPUFARE_FACTS=0

# Every call that a workload can make: several stops both ways, in and out; and lists of inputs.
diffusion=(diffusion --size 24x16 --steps 6 --steps-per-transfer 2 --host-use write)
julia=(julia --size 24x16 --max-iter 20 --inputs list)
# Julia in bands and these stops are pipelined on a device with memory of its own.
stops=(diffusion --size 24x16 --steps 6 --steps-per-transfer 2)
export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$scratch/cache}
# A search would meet the fault first and only skip the values that it tried.
# Samples that other programs disturb would be taken again, which would be more calls.
quick=(--repeat 1 --min-time 0 -q --no-tune --no-watch)

# layered ARGUMENT...: runs the tool under the layer, which must report that it was loaded, because the
# loader ignores a layer that it can't find. Compiles everything: calls for a program that the tool has
# kept would be others.
layered() {
    rm -f "$LAYER_LOG" r.json
    rm -rf "$XDG_CACHE_HOME"/gpufare/program*
    run "$@"
    grep -q '^loaded$' "$LAYER_LOG" 2>/dev/null || fail "$*: the layer was not loaded"
}

# calls_of FUNCTION LOG: its calls in the worker that made most of them. Each driver has a worker, and
# those whose drivers have no device make few calls.
calls_of() {
    sed -n "s/^calls $1 //p" "$2" | sort -n | tail -n 1
}

# expect_counted NAME: every worker came to its end, where it logs what is left of six kinds of objects.
expect_counted() {
    [ "$(grep -c '^alive ' "$LAYER_LOG")" -eq $((6 * $(grep -c '^loaded$' "$LAYER_LOG"))) ] ||
        fail "$1: the layer counted nothing; a crash?"
}

# expect_no_leak NAME: every object of the last run was released.
expect_no_leak() {
    local leaked
    expect_counted "$1"
    leaked=$(grep '^alive ' "$LAYER_LOG" | grep -v ' 0$' | tr '\n' ' ')
    [ -z "$leaked" ] || fail "$1: not released: $leaked"
}

# expect_json RULE...: of the last run's report.
expect_json() {
    local output
    output=$("$CHECK_JSON" gpufare.run/1 r.json "$@" 2>&1) || fail "$name: $output"
}

# expect_failed NAME CODE-NAME: the device was reported failed, with the code's name and no time.
expect_failed() {
    local name=$1
    [ "$status" -eq 1 ] || fail "$name: exit status $status, not 1"
    expect_json 'results.0.status="failed"' 'results.0.phases=null' 'results.0.throughput=null'
    grep -q "\"reason\": \".*$2 (" r.json || fail "$name: the reason lacks $2"
    expect_no_leak "$name"
}

# pass_clock_test: leaves an outcome in the store with which the device's clock is believed. On a busy
# machine the clock may have to be tested several times.
pass_clock_test() {
    local attempt
    for ((attempt = 0; attempt < 10; attempt++)); do
        layered run "${diffusion[@]}" --device cpu "${quick[@]}" --json r.json
        ! grep -q '"clock_trouble": ".*\(could not be tested\|failed its test\)' r.json && return
        rm -f "$XDG_CACHE_HOME"/gpufare/clock-*
    done
}

# ---- Without faults: right results, and everything is released
layered run "${diffusion[@]}" --device cpu "${quick[@]}" --json r.json
# Calls are counted: the clock, which may have to be tested several times, is believed as it is.
export GPUFARE_CLOCK_TEST=0
for workload in julia diffusion stops; do
    for device in cpu gpu; do
        declare -n arguments=$workload
        name="$workload as $device"
        export LAYER_AS_GPU=$([ "$device" = gpu ] && echo 1)
        layered run "${arguments[@]}" --device "$device" "${quick[@]}" --json r.json
        [ "$status" -eq 0 ] || fail "$name: exit status $status"
        expect_json 'results.0.status="ok"' "results.0.device.kind=\"opencl-$device\""
        memory='"in place"' pipelined=null
        [ "$device" = cpu ] || memory='"pinned"'
        [ "$device $workload" = "gpu diffusion" ] || [ "$device" = cpu ] || pipelined='*'
        expect_json "results.0.traffic.host_memory=$memory" "results.0.pipelined=$pipelined"
        expect_no_leak "$name"
        cp "$LAYER_LOG" "$scratch/calls-$workload-$device"
    done
done
[ -n "$(calls_of clEnqueueReadBuffer "$LAYER_LOG")" ] || fail "a GPU is not read from by copies"
for function in clEnqueueReadBuffer clEnqueueWriteBuffer; do
    ! grep "^calls $function " "$scratch"/calls-*-cpu || fail "a CPU copies"
done

# ---- An error code at the first, a middle and the last call of every function
codes=(-4 CL_MEM_OBJECT_ALLOCATION_FAILURE -5 CL_OUT_OF_RESOURCES -6 CL_OUT_OF_HOST_MEMORY
    -36 CL_INVALID_COMMAND_QUEUE -9999 CL_UNKNOWN_ERROR)
next_code=0

# inject FUNCTION CALL WORKLOAD DEVICE [CODE]: sets name and wanted, the code's name.
inject() {
    local code=${5:-${codes[next_code]}}
    wanted=${codes[next_code + 1]}
    next_code=$(((next_code + 2) % ${#codes[@]}))
    name="$1 call $2 fails, $3 as $4"
    declare -n arguments=$3
    export LAYER_FAIL=$1:$2:$code LAYER_AS_GPU=$([ "$4" = gpu ] && echo 1)
    layered run "${arguments[@]}" --device "$4" "${quick[@]}" --json r.json
    unset LAYER_FAIL
}

# Functions whose failure makes the device fail. After the colon: the number of last calls whose failure
# changes nothing, because the result exists by then (R: the release of a buffer).
fatal=(clCreateContext:0 clCreateCommandQueue:0 clCreateProgramWithSource:0 clBuildProgram:0
    clCreateKernel:0 clGetKernelInfo:0 clSetKernelArg:0 clEnqueueNDRangeKernel:0 clFlush:0
    clWaitForEvents:0)
fatal_cpu=(clCreateBuffer:0 clEnqueueMapBuffer:0 clEnqueueUnmapMemObject:R clFinish:R)
# Buffers and pinned arrays are released after the result: R again.
fatal_gpu=(clRetainCommandQueue:0 clEnqueueReadBuffer:0 clEnqueueWriteBuffer:0 clFinish:R
    clGetKernelWorkGroupInfo:1) # the last asks for what is only shown

# sweep WORKLOAD DEVICE RELEASES FUNCTION:AFTER...
sweep() {
    local workload=$1 device=$2 releases=$3 entry function after count call
    shift 3
    for entry in "$@"; do
        function=${entry%:*} after=${entry#*:}
        [ "$after" = R ] && after=$releases
        count=$(calls_of "$function" "$scratch/calls-$workload-$device")
        if [ -z "$count" ]; then
            [ "$function" = clGetKernelWorkGroupInfo ] || fail "$workload never calls $function"
            continue
        fi
        for call in $(printf '%s\n' 1 $(((count - after + 1) / 2)) $((count - after)) | sort -un); do
            inject "$function" "$call" "$workload" "$device"
            expect_failed "$name" "$wanted"
        done
        if [ "$after" -gt 0 ]; then
            inject "$function" "$count" "$workload" "$device"
            [ "$status" -eq 0 ] || fail "$name at the end: exit status $status, not 0"
            expect_no_leak "$name"
        fi
    done
}

sweep diffusion cpu 1 "${fatal[@]}" "${fatal_cpu[@]}"
sweep diffusion gpu 2 "${fatal[@]}" "${fatal_gpu[@]}"
sweep julia cpu 1 "${fatal[@]}" "${fatal_cpu[@]}"
sweep julia gpu 3 "${fatal_gpu[@]}"
sweep stops gpu 2 "${fatal_gpu[@]}"

# Every call of the functions that a pipeline uses, in its warm-up and after.
for workload in julia stops; do
    for function in clCreateCommandQueue clEnqueueNDRangeKernel clEnqueueReadBuffer \
        clEnqueueWriteBuffer clFlush; do
        count=$(calls_of "$function" "$scratch/calls-$workload-gpu")
        for ((call = count / 2; call <= count; call++)); do
            inject "$function" "$call" "$workload" gpu
            expect_failed "$name" "$wanted"
        done
    done
done

# Each buffer is made after its pinned array. Plain memory replaces missing pinned memory, but not on a
# broken driver.
for call in 1 2 3 4; do
    for code in -4 -5; do
        inject clCreateBuffer $call stops gpu $code
        if [ $((call % 2)) -eq 1 ] && [ $code -eq -4 ]; then
            [ "$status" -eq 0 ] || fail "$name: exit status $status, not 0"
            expect_json 'results.0.status="ok"' 'results.0.traffic.host_memory="mixed"'
            expect_no_leak "$name"
        else
            expect_failed "$name" "$([ $code -eq -4 ] && echo CL_MEM_OBJECT_ALLOCATION_FAILURE ||
                echo CL_OUT_OF_RESOURCES)"
        fi
    done
done
inject clEnqueueMapBuffer 1 stops gpu -12
[ "$status" -eq 0 ] || fail "$name: exit status $status, not 0"
expect_json 'results.0.traffic.host_memory="mixed"'
expect_no_leak "$name"
inject clEnqueueUnmapMemObject 1 stops gpu
[ "$status" -eq 0 ] || fail "$name: exit status $status, not 0"
expect_no_leak "$name"

# Queries for additional facts: the tool goes on without them.
for function in clGetKernelArgInfo clGetEventProfilingInfo; do
    inject "$function" 1 diffusion cpu
    [ "$status" -eq 0 ] || fail "$name: exit status $status, not 0"
    expect_no_leak "$name"
done

# Releases that fail change nothing.
for function in clReleaseMemObject clReleaseKernel clReleaseProgram clReleaseCommandQueue \
    clReleaseContext clReleaseEvent; do
    inject "$function" 1 diffusion cpu
    [ "$status" -eq 0 ] || fail "$name: exit status $status, not 0"
    expect_no_leak "$name"
done

# A driver that can't list its devices is reported with its code; no device remains.
inject clGetDeviceIDs 1 julia cpu
[ "$status" -eq 3 ] || fail "$name: exit status $status, not 3"
export LAYER_FAIL=clGetDeviceIDs:1:-5
layered devices
unset LAYER_FAIL
[ "$status" -eq 0 ] || fail "devices: exit status $status, not 0"
grep -q "can't list its devices: CL_OUT_OF_RESOURCES (-5)" "$scratch/stdout" ||
    fail "devices: the driver's failure is not named"

# Facts that a driver does not give must not crash anything.
facts=$(calls_of clGetDeviceInfo "$scratch/calls-julia-cpu")
for ((call = 1; call <= facts; call++)); do
    export LAYER_FAIL=clGetDeviceInfo:$call:-30
    layered devices
    [ "$status" -eq 0 ] || fail "clGetDeviceInfo call $call: exit status $status, not 0"
    expect_counted "clGetDeviceInfo call $call"
    ! grep "less than OpenCL 1.2\|as not available\|has no compiler" "$scratch/stdout" ||
        fail "clGetDeviceInfo call $call: what the driver does not say counts as a denial"
done
unset LAYER_FAIL

# ---- compare goes on with the other devices, and the exit status reports the failure
export LAYER_FAIL=clEnqueueNDRangeKernel:1:-5
unset LAYER_AS_GPU
layered compare "${diffusion[@]}" --device native:scalar,cpu,native "${quick[@]}" --json r.json
unset LAYER_FAIL
name="compare with a device that fails"
[ "$status" -eq 1 ] || fail "$name: exit status $status, not 1"
output=$("$CHECK_JSON" gpufare.compare/1 r.json 'results.0.status="ok"' 'results.1.status="failed"' \
    'results.1.phases=null' 'results.2.status="ok"' 2>&1) || fail "$name: $output"
expect_no_leak "$name"

# ---- A bit flipped in a download is a mismatch: exit status 4 and no time
export LAYER_FLIP=1
for workload in julia diffusion; do
    for device in cpu gpu; do
        declare -n arguments=$workload
        name="a flipped bit, $workload as $device"
        export LAYER_AS_GPU=$([ "$device" = gpu ] && echo 1)
        layered run "${arguments[@]}" --device "$device" "${quick[@]}" --json r.json
        [ "$status" -eq 4 ] || fail "$name: exit status $status, not 4"
        expect_json 'results.0.status="mismatch"' 'results.0.phases=null' \
            'results.0.throughput=null' 'results.0.checksum=null'
        expect_no_leak "$name"
    done
done
# Only pipelined round trips read without waiting.
export LAYER_FLIP=async LAYER_AS_GPU=1
for workload in julia stops; do
    declare -n arguments=$workload
    name="a flipped bit in a pipelined round trip, $workload"
    layered run "${arguments[@]}" --device gpu "${quick[@]}" --json r.json
    [ "$status" -eq 4 ] || fail "$name: exit status $status, not 4"
    expect_json 'results.0.status="mismatch"' 'results.0.pipelined=null'
    grep -q '"reason": ".*in a pipelined round trip"' r.json || fail "$name: it is not said where"
    expect_no_leak "$name"
    layered run "${arguments[@]}" --device gpu "${quick[@]}" --no-pipeline --json r.json
    [ "$status" -eq 0 ] || fail "$name, which is left out: exit status $status, not 0"
    expect_json 'results.0.pipelined=null'
done
unset LAYER_FLIP LAYER_AS_GPU

# ---- Impossible event times: the host's clock is used, and the reason is reported
unset GPUFARE_CLOCK_TEST
# A clock is tested once a day and the outcome kept: each driver gets a cache of its own. On a busy
# machine the host may not tell the two kernels of the test apart.
usual_cache=$XDG_CACHE_HOME
while read -r times words; do
    name="event times: $times"
    export LAYER_TIMES=$times XDG_CACHE_HOME=$scratch/cache-$times
    layered run "${diffusion[@]}" --device cpu --repeat 3 --min-time 0 --no-tune -q --json r.json
    [ "$status" -eq 0 ] || fail "$name: exit status $status"
    expect_json 'results.0.status="ok"' 'results.0.phases.kernel.clock="monotonic"' \
        'results.0.clock_trouble=*'
    grep -q "\"clock_trouble\": \".*\($words\)" r.json || fail "$name: the reason lacks '$words'"
    layered run "${diffusion[@]}" --device cpu --repeat 3 --min-time 0 --no-tune
    grep -q "device times not used: .*\($words\)" "$scratch/stdout" || fail "$name: the table is silent"
done <<'END'
zero zero
disorder out of order
none keeps no event times
long failed its test\|could not be tested
one failed its test\|could not be tested
same failed its test\|could not be tested
micro failed its test\|could not be tested
pico failed its test\|could not be tested\|run backwards
backwards run backwards
END
# A clock that goes wrong after its test. On a busy machine it may have to be tested again.
export XDG_CACHE_HOME=$usual_cache
unset LAYER_TIMES
name="event times: the driver's own"
pass_clock_test
expect_json 'results.0.phases.kernel.clock="OpenCL events"' 'results.0.clock_trouble=null'
while read -r times words; do
    name="event times after the test: $times"
    export LAYER_TIMES=$times
    layered run diffusion --size 500x500 --steps 20 --device cpu "${quick[@]}" --json r.json
    [ "$status" -eq 0 ] || fail "$name: exit status $status"
    grep -q "\"clock_trouble\": \".*\($words\)" r.json || fail "$name: the reason lacks '$words'"
done <<'END'
long longer than the wall clock
one shorter than it can compute
backwards run backwards
END
unset LAYER_TIMES

# ---- Advice must not lead in a circle: no f64, and f32 that is not strict
export LAYER_NO_DENORMALS=1 GPUFARE_OPENCL_NO_F64=1
for precision in f64 f32; do
    name="$precision on a device with neither f64 nor strict f32"
    layered run "${diffusion[@]}" --device cpu "${quick[@]}" --precision $precision --json r.json
    [ "$status" -eq 5 ] || fail "$name: exit status $status, not 5"
    grep -q '"reason": ".*relaxed math' r.json || fail "$name: relaxed math is not advised"
    ! grep -q '"reason": ".*precision f64' r.json || fail "$name: f64 is advised"
done
unset GPUFARE_OPENCL_NO_F64
name="f32 that is not strict on a device with f64"
layered run "${diffusion[@]}" --device cpu "${quick[@]}" --precision f32 --json r.json
grep -q '"reason": ".*relaxed math or precision f64' r.json || fail "$name: advised is otherwise"
unset LAYER_NO_DENORMALS

# ---- The doctor tries fma() apart, in the probe
export LAYER_NO_FMA=1 LAYER_PROGRAM
unset LAYER_WORD # in its probe, which is the same program
layered doctor
[ "$status" -eq 0 ] || fail "doctor without fma(): exit status $status, not 0"
grep -q "works, but not with fma(): " "$scratch/stdout" || fail "doctor: fma() is not missed"
unset LAYER_NO_FMA
layered doctor
! grep -q "works, but not with fma(): " "$scratch/stdout" || fail "doctor: fma() is missed"

finish
