#!/bin/sh
# The machine code of kernels for GPUs, by the compilers that tools/check-gpu-code got into the build
# folder: the defaults of a few kernels on one GPU of each vendor, with GPUFARE_FULL all of them. And
# the tool itself: a kernel that fuses, spills or grows must be refused.
# Arguments: SOURCE_DIR BUILD_DIR SCRATCH_DIR
set -eu
source=$1 build=$2 scratch=$3

fail() {
    echo "FAILED: $*"
    exit 1
}

check() {
    "$source/tools/check-gpu-code" --build "$build" --no-fetch "$@"
}

rm -rf "$scratch"
mkdir -p "$scratch"
status=0
if [ -n "${GPUFARE_FULL:-}" ]; then
    check || status=$?
else
    check --short || status=$?
fi
[ "$status" -eq 0 ] || exit "$status"

# changed NAME FILE SCRIPT: sources with a change, which sed makes.
changed() {
    cp -r "$source/kernels_cl" "$scratch/$1"
    sed -i "$3" "$scratch/$1/$2"
    ! cmp -s "$source/kernels_cl/$2" "$scratch/$1/$2" || fail "$2: nothing was changed: $3"
}

# refused NAME VENDOR KERNEL WORDS: the changed sources fail with these words.
refused() {
    status=0
    check --short --vendors "$2" --only "$3" --kernels "$scratch/$1" >"$scratch/said.txt" || status=$?
    [ "$status" -ne 77 ] || return 0 # this vendor's packages are missing
    [ "$status" -eq 1 ] || fail "$1: exit status $status: $(cat "$scratch/said.txt")"
    grep -q "^FAILED: .*$4" "$scratch/said.txt" || fail "$1: not said: $4: $(cat "$scratch/said.txt")"
}

changed "may fuse" prelude.h 's/FP_CONTRACT OFF/FP_CONTRACT ON/'
refused "may fuse" nvidia julia_unrolled 'sums of products are fused'
refused "may fuse" intel julia_unrolled 'sums of products are fused'
changed spills sum.cl 's/local item shared.ITEMS.;/& volatile real kept[300]; kept[get_local_id(0)] = 1;/'
refused spills nvidia sum_group 'bytes of private memory'
changed grows sum.cl 's/k < rows; k++/k < rows \&\& sum.x == sum.x; k++/'
refused grows nvidia sum_group 'instructions a unit, which were'
changed broken sum.cl 's/local item shared/local items shared/'
refused broken nvidia sum_group 'does not compile: '

status=0
"$source/tools/check-gpu-code" --build "$scratch" --no-fetch >"$scratch/said.txt" || status=$?
[ "$status" -eq 77 ] || fail "exit status $status without packages"
grep -q '^SKIPPED: no compiler' "$scratch/said.txt" || fail "it is not said that nothing was checked"
status=0
"$source/tools/check-gpu-code" --vendors nobody 2>"$scratch/said.txt" || status=$?
[ "$status" -eq 2 ] || fail "exit status $status for an unknown vendor"
grep -q 'nobody: no such vendor' "$scratch/said.txt" || fail "the vendor is not named"
echo "the machine code is as it should be, and what is not is refused"
