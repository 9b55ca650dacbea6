#!/bin/bash
# Runs the tests of the Python package, in a package that this build made. With GPUFARE_FULL=1 also in
# a virtual environment in which nothing but `pip install` of the sources has put it; that needs a
# network. Exit status 77: a tool is missing, such as pytest.
# Arguments: SOURCE_DIR BUILD_DIR SCRATCH_DIR PYTHON, with which the package was built; may be empty.
set -euo pipefail
source=$1 build=$2 scratch=$3 python=$4

# What is missing is a failure where every tool was installed.
skip() {
    echo "SKIPPED: $*"
    [ -z "${GPUFARE_ALL_TOOLS:-}" ] || exit 1
    exit 77
}

# The wheel's own programs and drivers of this process are to be found, not those of the build.
unset GPUFARE_WORKER GPUFARE_NATIVE

# run_tests PYTHON [FOLDER]: pytest ends with another status than 0 also if there was no test.
run_tests() {
    PYTHONPATH=${2:-} "$1" -B -m pytest -q -p no:cacheprovider --rootdir "$source" \
        --basetemp "$scratch/temporary" "$source/tests/python"
}

[ -n "$python" ] || skip "no Python with cffi and its headers (Debian: python3-cffi python3-dev)"
mkdir -p "$scratch"
tester=''
for candidate in "$python" /usr/bin/python3; do
    if "$candidate" -c 'import _cffi_backend, numpy, pytest' 2>/dev/null; then
        tester=$candidate
        break
    fi
done
[ -n "$tester" ] || skip "no Python with cffi, NumPy and pytest (Debian: python3-numpy python3-pytest)"
run_tests "$tester" "$build/python"
[ -n "${GPUFARE_FULL:-}" ] || exit 0

venv=$scratch/venv
rm -rf "$venv"
"$tester" -m venv "$venv" || skip "no virtual environments (Debian: python3-venv)"
"$venv/bin/pip" --version
timeout 120 "$venv/bin/pip" download -q --no-deps -d "$scratch/download" cffi ||
    skip "pip has no network here"
"$venv/bin/pip" install -q --config-settings=build-dir="$scratch/wheel" "${source}[test]"
cd "$scratch"
run_tests "$venv/bin/python"
"$venv/bin/gpufare" --version
