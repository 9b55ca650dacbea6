#!/bin/sh
# Runs every OpenCL kernel on Oclgrind, which simulates a device and reports invalid accesses, data
# races, reads of uninitialised memory and wrong API calls. It reports into a file and exits 0, so
# the file must stay empty. Its ICD is the only driver: the `oclgrind` command bypasses the loader.
# Arguments: DRIVER SCRATCH_DIR
set -eu
driver=$1 scratch=$2

icd=
for candidate in /usr/lib/oclgrind/liboclgrind-rt-icd.so /usr/lib/*/oclgrind/liboclgrind-rt-icd.so \
    /usr/local/lib/liboclgrind-rt-icd.so; do
    if [ -e "$candidate" ]; then
        icd=$candidate
    fi
done
if [ -z "$icd" ]; then
    echo "skipped: Oclgrind is missing (Debian: oclgrind)"
    exit 77
fi

rm -rf "$scratch"
mkdir -p "$scratch"
export OCL_ICD_VENDORS="$icd" OCLGRIND_DATA_RACES=1 OCLGRIND_CHECK_API=1

# check NAME [OPTION...]: one pass of the driver, in the background; Oclgrind uses one core.
check() {
    name=$1
    shift
    OCLGRIND_LOG="$scratch/$name.log" "$driver" "$@" 'all,!native' >"$scratch/$name.output" 2>&1 &
}

# finish NAME PID
finish() {
    status=0
    wait "$2" || status=$?
    cat "$scratch/$1.output"
    if [ -s "$scratch/$1.log" ]; then
        echo "Oclgrind found ($1):"
        head -n 100 "$scratch/$1.log"
        exit 1
    fi
    if ! grep -q '^OpenCL kernels run: [1-9]' "$scratch/$1.output"; then
        echo "no kernel ran on Oclgrind ($1)"
        exit 1
    fi
    if [ "$status" -ne 0 ]; then
        exit "$status"
    fi
}

check pipelined --every=$([ -n "${GPUFARE_FULL:-}" ] && echo 6 || echo 8)
pipelined=$!
# After an upload in parts Oclgrind 21.10 takes all of the buffer for uninitialised: without those. Its
# shadow of an optimised shuffle with undefined lanes is out of bounds: without optimisation. It also
# takes for uninitialised what another work-item has written to global memory before a barrier, as the
# kernel that finds the largest work-group does: without that.
export OCLGRIND_UNINITIALIZED=1 OCLGRIND_BUILD_OPTIONS=-cl-opt-disable GPUFARE_FACTS=0
# It takes the longer.
check uninitialised --every=$([ -n "${GPUFARE_FULL:-}" ] && echo 6 || echo 18) --no-pipeline
uninitialised=$!
finish pipelined "$pipelined"
finish uninitialised "$uninitialised"
