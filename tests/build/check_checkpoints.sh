#!/bin/sh
# Slices of tools/faults/checkpoints and tools/faults/ranks: some kills, each result right, and a file of
# what was done.
# Arguments: SOURCE_DIR BUILD_DIR SCRATCH_DIR
set -eu
source=$1 build=$2 scratch=$3

if ! [ -e "$build/tests/libtiny_driver.so" ]; then
    echo "skipped: the tests' driver was not built (Debian: opencl-c-headers)"
    exit 77
fi
rm -rf "$scratch"
mkdir -p "$scratch"
"$source/tools/faults/checkpoints" --build "$build" --work "$scratch/work dir" --kills 5 --seconds 60 \
    --seed "$(date +%s)" --json "$scratch/kills.json"
grep -q '"results": [1-9]' "$scratch/kills.json"
grep -q '"went_on": [1-9]' "$scratch/kills.json"

"$source/tools/faults/ranks" --build "$build" --work "$scratch/work ranks" --kills 3 --seconds 60 \
    --seed "$(date +%s)" --json "$scratch/ranks.json"
grep -q '"results": [1-9]' "$scratch/ranks.json"
