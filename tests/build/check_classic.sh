#!/bin/sh
# Clients in Python on the compatibility libraries, and the command that makes tables of them.
# Arguments: SOURCE_DIR LIBRARY_DIR SCRATCH_DIR; the tool is $GPUFARE
set -eu
source=$1

# NumPy and cffi belong to the system's Python, which may not be the first in the path.
python=/usr/bin/python3
[ -x "$python" ] || python=python3
for module in numpy cffi; do
    if ! "$python" -c "import $module" 2>/dev/null; then
        echo "$python has no $module"
        [ -z "${GPUFARE_ALL_TOOLS:-}" ] || exit 1
        exit 77
    fi
done
exec "$python" -B "$source/tests/build/check_classic.py" "$@"
