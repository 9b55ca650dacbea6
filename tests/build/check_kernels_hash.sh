#!/bin/sh
# The hash of the CPU kernels, by which saved values are known, takes in every file of cpu/, and
# changes with each of them and with the compiler's options. Arguments: CMAKE SOURCE_DIR BUILD_DIR
# SCRATCH_DIR
set -eu
cmake=$1 source=$2 build=$3 scratch=$4
rm -rf "$scratch"
mkdir -p "$scratch"

find "$source/cpu" -name '*.[ch]' | sort >"$scratch/all"
sort "$build/generated/cpu_kernels.list" | sed '/^$/d' | diff "$scratch/all" - || {
    echo "The list of hashed files is not what is in cpu/"
    exit 1
}

hash_of() { # SALT
    "$cmake" "-DLIST=$scratch/list" "-DSALT=$1" -DSYMBOL=s -DHEADER=h.h "-DOUTPUT=$scratch/hash.c" \
        -P "$source/cmake/HashFiles.cmake"
    sed -n 's/^const char s\[\] = "\([0-9a-f]\{16\}\)";$/\1/p' "$scratch/hash.c"
}

printf 'one\n' >"$scratch/a.c"
printf 'two\n' >"$scratch/b.h"
printf '%s\n' "$scratch/a.c" "$scratch/b.h" >"$scratch/list"
first=$(hash_of "-O3")
[ -n "$first" ] || { echo "There is no hash"; exit 1; }
[ "$first" = "$(hash_of "-O3")" ] || { echo "The hash of the same files differs"; exit 1; }
[ "$first" != "$(hash_of "-O2")" ] || { echo "Other options have the same hash"; exit 1; }
printf 'tvo\n' >"$scratch/b.h"
[ "$first" != "$(hash_of "-O3")" ] || { echo "Another header has the same hash"; exit 1; }
