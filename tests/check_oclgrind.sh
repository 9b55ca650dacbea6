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
export OCLGRIND_LOG="$scratch/oclgrind.log"

check() {
    "$driver" "$@" 'all,!native' | tee "$scratch/output"
    if grep -q '^OpenCL kernels run: 0$' "$scratch/output"; then
        echo "no kernel ran on Oclgrind"
        exit 1
    fi
    if [ -s "$OCLGRIND_LOG" ]; then
        echo "Oclgrind found:"
        head -n 100 "$OCLGRIND_LOG"
        exit 1
    fi
}

check
# After an upload in parts Oclgrind 21.10 takes all of the buffer for uninitialised: without those.
OCLGRIND_UNINITIALIZED=1 check --no-pipeline
