#!/bin/sh
# The public header is valid C++17, and the example in its first comment is the consumer, which
# check_install compiles and runs. Argument: SOURCE_DIR
set -eu
header=$1/host/gpufare.h consumer=$1/tests/build/consumer/consumer.c

sed -n '/^ \*     #include <gpufare.h>$/,/^ \*     }$/s/^ \* \{0,5\}//p' "$header" |
    diff - "$consumer" || { echo "The example in gpufare.h differs from consumer.c"; exit 1; }

compilers=0
for compiler in g++ clang++; do
    command -v "$compiler" >/dev/null || continue
    compilers=$((compilers + 1))
    "$compiler" -x c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -fsyntax-only "-I$1/host" \
        "$consumer"
done
[ "$compilers" -gt 0 ] || { echo "No C++ compiler (Debian: g++)"; exit 77; }
