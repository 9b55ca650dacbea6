#!/bin/sh
# Runs a test with a copy of the kernels that another test left compiled, if it ran before: compiling
# them takes longer than running them. Arguments: THE-OTHER'S-POCL_CACHE_DIR COMMAND...
set -eu
kernels=$1
shift
if [ -d "$kernels" ]; then
    cp -r "$kernels/." "$POCL_CACHE_DIR"
fi
exec "$@"
