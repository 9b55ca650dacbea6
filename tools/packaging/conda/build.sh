#!/bin/bash
set -euo pipefail

# shellcheck disable=SC2086 # conda's variables are lists of words
cmake -S . -B conda-build -G Ninja ${CMAKE_ARGS:-} -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_INSTALL_PREFIX="$PREFIX" -DCMAKE_INSTALL_LIBDIR=lib -DGPUFARE_TESTS=OFF
cmake --build conda-build --parallel "${CPU_COUNT:-2}"
cmake --install conda-build
