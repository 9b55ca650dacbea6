#!/bin/sh
# Installs a build into a scratch prefix, builds the consumer against it, through CMake (shared and
# static) and through pkg-config (the same), and runs it. Arguments: CMAKE SOURCE_DIR BUILD_DIR SCRATCH_DIR CC
set -eu
cmake=$1 source=$2 build=$3 scratch=$4 cc=$5
export GPUFARE_DEVICE=native

rm -rf "$scratch"
mkdir -p "$scratch"
"$cmake" --install "$build" --prefix "$scratch/first" >"$scratch/install.log"
# The tree must work after a move: no installed file may name the prefix.
mv "$scratch/first" "$scratch/prefix"
prefix=$scratch/prefix

for file in bin/gpufare include/gpufare.h share/man/man1/gpufare.1 share/man/man1/gpufare-compare.1 \
    share/man/man7/gpufare-workloads.7 share/bash-completion/completions/gpufare \
    share/zsh/site-functions/_gpufare share/fish/vendor_completions.d/gpufare.fish; do
    [ -e "$prefix/$file" ] || { echo "not installed: $file"; exit 1; }
done
for library in diffusion julia prime sum; do
    [ -n "$(find "$prefix" -path "*/gpufare/$library.so")" ] || { echo "not installed: $library.so"; exit 1; }
done
"$prefix/bin/gpufare" --version

"$cmake" -S "$source/tests/build/consumer" -B "$scratch/consumer" -G Ninja "-DCMAKE_C_COMPILER=$cc" \
    "-DCMAKE_PREFIX_PATH=$prefix" >"$scratch/configure.log" || { cat "$scratch/configure.log"; exit 1; }
"$cmake" --build "$scratch/consumer"
"$scratch/consumer/consumer_shared" >"$scratch/report"
grep -q "native" "$scratch/report" || { echo "no report:"; cat "$scratch/report"; exit 1; }
"$scratch/consumer/consumer_static"

# The shared library finds its helper program in the tree, wherever the tree is.
worker=$prefix/libexec/gpufare/gpufare-worker
if [ -e "$worker" ]; then
    mv "$worker" "$worker-itself"
    printf '#!/bin/sh\ntouch "%s"\nexec "%s" "$@"\n' "$scratch/started" "$worker-itself" >"$worker"
    chmod +x "$worker"
    (unset GPUFARE_WORKER && GPUFARE_DEVICE=all "$scratch/consumer/consumer_shared" >"$scratch/report")
    if grep -q "opencl\|0:0" "$scratch/report" && [ ! -e "$scratch/started" ]; then
        echo "the library did not start $worker"
        exit 1
    fi
    mv "$worker-itself" "$worker"
fi

pc=$(find "$prefix" -name gpufare.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
# eval: pkg-config escapes a space in a path for the shell.
# shellcheck disable=SC2034 # eval uses it
consumer=$source/tests/build/consumer/consumer.c
eval "\"\$cc\" \"\$consumer\" -o \"\$scratch/pc_shared\" $(pkg-config --cflags --libs gpufare)"
LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH") "$scratch/pc_shared"
static=$(pkg-config --static --libs gpufare | sed 's/-lgpufare/-l:libgpufare.a/')
eval "\"\$cc\" \"\$consumer\" -o \"\$scratch/pc_static\" $(pkg-config --cflags gpufare) $static"
"$scratch/pc_static"
