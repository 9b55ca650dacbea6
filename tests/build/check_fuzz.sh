#!/bin/sh
# Builds the fuzzers with clang, runs each on its corpus, and then on 2000 inputs of its own, or as many as
# it has time for in a second. tools/fuzz runs them for longer.
# Arguments: SOURCE_DIR BUILD_DIR PYTHON
set -eu
source=$1 build=$2-fuzz python=$3

status=0
"$python" -B "$source/tools/fuzz" --slice --seconds 1 --runs 2000 --build "$build" || status=$?
if [ "$status" -eq 77 ] && [ -n "${GPUFARE_ALL_TOOLS:-}" ]; then
    status=1
fi
exit "$status"
