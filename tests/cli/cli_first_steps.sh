#!/bin/bash
# `gpufare` alone: what it says of a machine with a GPU, with a CPU driver, with none, with one that
# fails; that the commands it proposes work; exit status 0, results on stdout, nothing left behind.
. "$(dirname "$0")/cli.bash"

# expect_steps SCENE REMARK COMMAND...: the proposals, in this order.
expect_steps() {
    local scene=$1 remark=$2
    shift 2
    expect_ok
    [ -z "$(ls -A)" ] || fail "$scene: something was left behind: $(ls -A)"
    grep -q "^  native  .*compute unit" "$scratch/stdout" || fail "$scene: the native device is missing"
    grep -qF -- "$remark" "$scratch/stdout" || fail "$scene: '$remark' is not said"
    printf '%s\n' "$@" >"$scratch/wanted"
    sed -n '/^Three commands/,$s/^  \(gpufare .*\)/\1/p' "$scratch/stdout" | sed 's/   *.*//' >"$scratch/proposed"
    cmp -s "$scratch/wanted" "$scratch/proposed" ||
        fail "$scene: it proposes $(tr '\n' ';' <"$scratch/proposed")"
    ! awk 'length > 100' "$scratch/stdout" | grep . || fail "$scene: lines are longer than 100 characters"
}

compare="gpufare compare julia"
models="gpufare advise diffusion --device-model rtx-4060,h100-pcie"
sweep="gpufare breakeven diffusion --sweep steps-per-transfer=1:1000"
own="gpufare new saxpy"

# ---- No driver
export OCL_ICD_VENDORS=$scratch/none
expect_steps "no driver" "only the native path" "gpufare doctor" "$compare" "$models"
if "$GPUFARE" doctor | grep -q "OpenCL drivers"; then
    grep -q "sudo apt install pocl-opencl-icd" "$scratch/stdout" || fail "it does not say how to get PoCL"
fi
unset OCL_ICD_VENDORS

# ---- Drivers: as they are, as a GPU's, one that crashes
if "$GPUFARE" devices --csv - 2>/dev/null | grep -q "opencl-cpu" &&
    ! "$GPUFARE" devices --csv - | grep -q "opencl-gpu"; then
    expect_steps "a CPU's driver" "No GPU was found" "$compare" "$models" "$own"
    if [ -n "${LAYER:-}" ] && [ -e "$LAYER" ]; then
        LAYER_PROGRAM=$(basename "$GPUFARE_WORKER")
        export OPENCL_LAYERS=$LAYER LAYER_PROGRAM LAYER_WORD=serve
        export LAYER_AS_GPU=1
        expect_steps "a GPU" "opencl-gpu" "$compare" "$sweep" "$own"
        ! grep -q "No GPU was found" "$scratch/stdout" || fail "a GPU: it says that there is none"
        unset LAYER_AS_GPU
        LAYER_FAIL=clGetDeviceIDs:1:abort expect_steps "a driver that crashes" "a driver failed" \
            "gpufare doctor" "$compare" "$models"
        grep -q "not used  .*crashed with SIGABRT" "$scratch/stdout" ||
            fail "a driver that crashes: the reason is missing"
        unset OPENCL_LAYERS
    fi
fi

# ---- What it proposes works. Fewer samples, smaller problems: the commands are the same. A prediction of
# the sweep would calibrate the device first.
quick="--repeat 1 --min-time 0 --no-tune -q -d native"
for command in "$compare --size 16x16" "$models --size 64x64" "$sweep --no-predict --size 16x16"; do
    # shellcheck disable=SC2086 # words
    run ${command#gpufare } $quick
    [ "$status" -eq 0 ] || fail "$command: exit status $status"
done
# shellcheck disable=SC2086 # words
run ${own#gpufare }
[ "$status" -eq 0 ] && [ -d saxpy ] || fail "$own: exit status $status"
rm -rf saxpy

# ---- Conventions
"$GPUFARE" >/dev/full 2>"$scratch/stderr"
[ $? -eq 1 ] || fail "a full disk is not told"
grep -q "cannot write standard output" "$scratch/stderr" || fail "a full disk: no message"
GPUFARE_ISA=sse9 expect_error 2 "sse9"
expect_error 2 "unknown command" ""
finish
