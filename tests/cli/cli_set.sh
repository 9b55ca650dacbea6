#!/bin/bash
# Sets of devices, on the native path and the CPU's OpenCL driver: the same bytes as one device gives,
# what is said before and after, what is refused.
tests=$(cd "$(dirname "$0")" && pwd)
. "$tests/cli.bash"

quick=(--warmup 1 --repeat 2 --min-time 0 --no-tune)
set=native+0:0

skip_without_f64
if ! "$GPUFARE" run sum --count 1 -d "$set" "${quick[@]}" -q >/dev/null 2>"$scratch/stderr"; then
    echo "skipped: no OpenCL device beside the native path: $(head -n 1 "$scratch/stderr")"
    exit 77
fi

# ---- The bytes of one device

# same ARGUMENT...: the set writes the array that the scalar kernel writes.
same() {
    rm -f one.npy set.npy
    expect_ok run "$@" -d native:scalar "${quick[@]}" -q --npy one.npy
    expect_ok run "$@" -d "$set" "${quick[@]}" -q --npy set.npy
    [ -s one.npy ] && cmp -s one.npy set.npy || fail "$*: the set gives other bytes"
}

same julia --size 131x77
same julia --size 50x64 --inputs list --precision f32
same julia --size 3x2
for boundary in fixed periodic insulated; do
    same diffusion --size 61x43 --steps 90 --boundary "$boundary" --init gaussian
    same diffusion --size 5x3 --steps 20 --boundary "$boundary" --precision f32
done
same diffusion --size 40x90 --steps 30 --steps-per-transfer 7 --host-use write
same sum --count 100001
same prime --number 10000004400000259
same prime --number 4

# ---- A kernel of a user, whose manifest says what counts its rows

mkdir axpy
cat >axpy/axpy.ini <<'END'
[workload]
independent-rows = yes
divide-by = n
[parameter n]
default = 5000
[parameter a]
default = 2.5
[buffer x]
shape = n
begin = ramp(0, 1)
[buffer y]
shape = n
begin = ramp(1, 0.5)
[kernel]
global = n
[twin]
[tolerance]
bits = yes
END
cat >axpy/axpy.cl <<'END'
kernel void axpy(global const float *x, global float *y, float a, uint n) {
    size_t i = get_global_id(0);
    if (i < n)
        y[i] = fma(a, x[i], y[i]);
}
END
cat >axpy/axpy.c <<'END'
#include <math.h>
#include <stddef.h>
void axpy(size_t begin, size_t end, const float *x, float *y, float a) {
    for (size_t i = begin; i < end; i++)
        y[i] = fmaf(a, x[i], y[i]);
}
END
expect_ok run ./axpy -d "$set" "${quick[@]}" -q
# A kernel that uses its place in the whole is proved wrong.
sed -i 's/y\[i\] = fma.*/y[i] = fma(a, x[i], y[i]) + (float)i;/' axpy/axpy.cl
sed -i 's/y\[i\] = fmaf.*/y[i] = fmaf(a, x[i], y[i]) + (float)i;/' axpy/axpy.c
run run ./axpy -d "$set" "${quick[@]}" -q
[ "$status" -eq 4 ] || fail "rows that depend on their place: exit status $status, not 4"
sed -i '/divide-by/d' axpy/axpy.ini
run run ./axpy -d "$set" "${quick[@]}" -q
[ "$status" -eq 5 ] || fail "no divide-by: exit status $status, not 5"
grep -q "its manifest lacks divide-by = NAME" "$scratch/stderr" || fail "no divide-by: no reason"
sed -i '/independent-rows/d' axpy/axpy.ini
run run ./axpy -d "$set" "${quick[@]}" -q
grep -q "its manifest lacks independent-rows = yes, .* and divide-by = NAME" "$scratch/stderr" ||
    fail "neither line: not both are named"

# ---- What is said

run compare julia --size 200x200 -d "native,0:0,$set,$set:chosen,0:0+native" "${quick[@]}" \
    --json set.json --csv set.csv
[ "$status" -eq 0 ] || fail "compare: exit status $status"
grep -q "^gpufare: native+0:0: alone: .*nothing can be gained" "$scratch/stderr" ||
    fail "nothing is said before it runs"
says "Devices of sets in that round trip"
says "reached: "
says "which was chosen to compute all of it"
[ "$(wc -l <set.csv)" -eq 5 ] || fail "a set in another order has a row of its own"
[ -z "${CHECK_JSON-}" ] || expect_json gpufare.compare/1 set.json
head -n 1 set.csv | grep -q ",set_ceiling_ns,set_best_alone_ns,set_shares$" || fail "CSV lacks the columns"

# ---- What is refused

expect_error 2 "a set has native twice" run julia -d native+native
expect_error 2 "a set can't be excluded" run julia -d '!native+0:0'
expect_error 3 "'nothing' fits no one device" run julia -d native+nothing
expect_error 2 "predictions are of single devices" advise julia -d "$set" --budget 1 -q
run run peak -d "$set" "${quick[@]}" -q
[ "$status" -eq 5 ] || fail "peak: exit status $status, not 5"

# ---- Ctrl-C: one signal; without --foreground timeout would send two

timeout --foreground --preserve-status -s INT 2 "$GPUFARE" run julia --size 4000x4000 --max-iter 100000 \
    --verify sampled -d "$set" -q >"$scratch/stdout" 2>"$scratch/stderr"
status=$?
[ "$status" -eq 130 ] || fail "an interrupted set: exit status $status, not 130"
grep -q "interrupted" "$scratch/stderr" || fail "an interrupted set does not say so"

finish
