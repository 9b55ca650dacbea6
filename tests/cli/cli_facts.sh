#!/bin/bash
# What a device can do is found out by kernels, whatever its driver says: a layer makes a real driver
# compute wrongly in one way each, and only what needs that is refused.
. "$(dirname "$0")/cli.bash"

skip_without_layer
LAYER_PROGRAM=$(basename "$GPUFARE_WORKER")
export LAYER_PROGRAM LAYER_WORD=serve OPENCL_LAYERS=$LAYER LAYER_LOG=$scratch/layer.log
export GPUFARE_CLOCK_TEST=0 # which would also build a kernel
unset GPUFARE_FACTS
quick=(--device cpu --repeat 1 --min-time 0 --no-tune --no-watch -q)
diffusion=(diffusion --size 24x16 --steps 6)
julia=(julia --size 24x16 --max-iter 20)

# begin NAME [VARIABLE=VALUE...]: a device with this fault, of which nothing is known yet.
begin() {
    name=$1
    shift
    unset LAYER_REPLACE LAYER_OPTIONS LAYER_ABORT
    [ $# -eq 0 ] || export "$@"
    export XDG_CACHE_HOME=$scratch/caches/${name// /-}
    mkdir -p "$XDG_CACHE_HOME"
    run devices -v
    [ "$status" -eq 0 ] || fail "$name: devices -v: exit status $status"
}

# shows TEXT: the last output has a line with it. lacks TEXT: it has none.
shows() {
    grep -q -- "$1" "$scratch/stdout" || fail "$name: '$1' is not shown: $(tail -8 "$scratch/stdout")"
}
lacks() {
    ! grep -q -- "$1" "$scratch/stdout" || fail "$name: '$1' is shown"
}

# runs ARGUMENT...: the result is right to the bit. refuses WORDS ARGUMENT...: it is refused with them.
runs() {
    run run "$@" "${quick[@]}" --json r.json
    [ "$status" -eq 0 ] || fail "$name: $*: exit status $status"
    grep -q '"status": "ok"' r.json || fail "$name: $*: not ok"
}
refuses() {
    local words=$1
    shift
    run run "$@" "${quick[@]}" --json r.json
    [ "$status" -eq 5 ] || fail "$name: $*: exit status $status, not 5"
    grep -q "\"reason\": \".*$words" r.json || fail "$name: $*: not '$words': $(grep '"reason"' r.json)"
}

begin "a sound device"
shows "as it should be: .*f32 separate, f32 add, f32 add denormals, .*f32 fma denormals.* f64 fma"
shows "rounds of loops: no limit found"
lacks "unknown"
runs "${julia[@]}" --precision f32
runs "${diffusion[@]}" --precision f32
# A later start knows it all.
rm -f "$LAYER_LOG"
run devices -v
shows "rounds of loops: no limit found"
grep -q '^loaded$' "$LAYER_LOG" || fail "$name: the layer was not loaded"
! grep -q '^calls clBuildProgram ' "$LAYER_LOG" || fail "$name: a later start builds kernels"
run devices --json d.json
grep -q '"f32 multiply denormals": {' d.json || fail "$name: no facts in JSON"
run devices -v --in-process
shows "as it should be: .*f32 separate, f32 add"

begin "fuses" "LAYER_REPLACE=FP_CONTRACT OFF=>FP_CONTRACT ON"
shows "f32 separate: no, a\*b+c is rounded once"
shows "f64 separate: no"
refuses "fuses products and sums although .* in f32 (measured: .*; use relaxed math$\|fuses products.*; use relaxed math\"" \
    "${diffusion[@]}" --precision f32
refuses "fuses products and sums" "${julia[@]}"
runs "${diffusion[@]}" --precision f32 --math relaxed
runs sum --count 50000 # additions only

begin "takes small numbers for 0" LAYER_OPTIONS=-cl-denorms-are-zero
shows "f32 add denormals: no, .* gives .*, not .* (claimed: yes)"
shows "f32 multiply denormals: no"
shows "as it should be: .*f32 add, f32 multiply"
refuses "takes numbers below the least normal one for 0 in sums in f32 (measured: " \
    "${diffusion[@]}" --precision f32
runs sum --count 50000 --precision f32 # whose sums are never so small
runs peak --size 64x64 --precision f32

begin "ends loops" "LAYER_REPLACE=k < last=>k < min(last, 65535u)"
shows "rounds of loops: 65535, then loops end without an error"
refuses "its loops end after 65535 rounds without an error (measured)" \
    peak --size 8x8 --rounds 100000 --precision f32
refuses "its loops end after 65535 rounds" prime --number 999999999999989
runs prime --number 10007
runs peak --size 8x8 --rounds 100
runs "${diffusion[@]}"

begin "has no fma" "LAYER_REPLACE=fma(=>no_such_function("
shows "f32 fma: no, does not compile: "
shows "f64 fma denormals: no, does not compile: "
runs "${diffusion[@]}" --precision f32
runs "${julia[@]}"
runs prime --number 10007
grep -q '"variant": "naive"' r.json || fail "$name: the variant without fma() is not the default"
refuses "has no right fma() in f32 (measured: does not compile.*; use precision f64\"" \
    "${julia[@]}" --precision f32

begin "rounds fma twice" "LAYER_REPLACE=fma(a, b, c)=>(a * b + c)"
shows "f32 fma: no, fma("
shows "f64 fma: no, fma("
refuses "has no right fma() in f32 (measured: fma(" "${julia[@]}" --precision f32
runs "${diffusion[@]}"

begin "divides by reciprocals" "LAYER_REPLACE=result = a / b=>result = a * (1 / b)"
shows "f64 divide: no, .* / .* gives"
refuses "does not round quotients right in f64" "${julia[@]}"
runs "${julia[@]}" --precision f32
runs "${diffusion[@]}"

begin "crashes with fma" LAYER_ABORT=GF_OPERATIONS=256,GF_OPERATIONS=511
shows "f32 fma: unknown: the driver's process ended while this was tried"
shows "f64 fma: unknown: the driver's process ended while this was tried"
shows "as it should be: .*f32 multiply denormals"
runs "${diffusion[@]}"
refuses "it is not known whether it has what the kernel needs, f32 fma: the driver's process ended" \
    "${julia[@]}" --precision f32

# What ends all of the program, or the patience of its user, is not the driver's fault: the next run
# finds out what was not found out.
interrupted() {
    name=$1
    shift
    unset LAYER_REPLACE LAYER_OPTIONS LAYER_ABORT
    export XDG_CACHE_HOME=$scratch/caches/${name// /-}
    mkdir -p "$XDG_CACHE_HOME"
    export LAYER_FAIL=clBuildProgram:2:hang
    rm -f "$LAYER_LOG"
    "$GPUFARE" run "${julia[@]}" --precision f32 "${quick[@]}" "$@" >"$scratch/stdout" \
        2>"$scratch/stderr" &
    local tool=$!
    for ((i = 0; i < 600; i++)); do
        grep -q "^met clBuildProgram 2" "$LAYER_LOG" 2>/dev/null && break
        sleep 0.1
    done
    grep -q '"attempt": *"f32 contraction by default"' "$XDG_CACHE_HOME"/gpufare/facts-*.json ||
        fail "$name: the layer did not hang over contraction"
    [ "$signal" = none ] || kill -"$signal" "$tool"
    wait "$tool" 2>/dev/null
    sleep 0.5 # its worker ends, too
    unset LAYER_FAIL
    runs "${julia[@]}" --precision f32
    run devices -v
    lacks "unknown"
    shows "as it should be: .*f32 fma denormals"
}
signal=KILL interrupted "is killed with the program"
signal=INT interrupted "is cancelled"
signal=none interrupted "is not waited for" --deadline 8

begin "crashes with all in one kernel" LAYER_ABORT=GF_OPERATIONS=511
shows "as it should be: .*f32 separate, f32 add, f32 add denormals, .*f64 square root"
lacks "unknown"

begin "has less local memory" "LAYER_REPLACE=words[i] = PATTERN(i)=>words[i % 1000] = PATTERN(i % 1000)"
shows "local memory: 3840 bytes, .*: wrong result (claimed: "
runs "${diffusion[@]}"

begin "has smaller work-groups" \
    "LAYER_REPLACE=out[i] = mine=>out[i] = get_local_size(0) > 100 ? 0 : mine"
shows "work-group: 64, .*: wrong result (claimed: "
run run sum --count 50000 --device cpu:group --repeat 1 --min-time 0 --no-tune -q --json r.json
[ "$status" -ne 0 ] || fail "$name: a group of 256 runs"

begin "does not say what a kernel may have" LAYER_FAIL=clGetKernelWorkGroupInfo:1+:-5
unset LAYER_FAIL
shows "work-group: [0-9]"
lacks "may have 0"

finish
