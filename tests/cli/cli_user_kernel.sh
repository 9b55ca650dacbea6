#!/bin/bash
# Kernels of users, described by manifests: every result is compared with values that this test
# computes itself, from the arrays that --npy writes.
tests=$(cd "$(dirname "$0")" && pwd)
. "$tests/cli.bash"
skip_without_f64

quick=(--warmup 0 --repeat 2 --min-time 0 --no-tune -q)
devices=(native:twin 0:0:kernel)

# values FILE.npy TYPE WIDTH: the elements, one a line; TYPE and WIDTH as od has them.
values() {
    local low high
    read -r low high < <(od -An -tu1 -j8 -N2 "$1")
    od -An -v "-t$2" "-w$3" --endian=little -j$((10 + low + 256 * high)) "$1"
}

# equal FILE FILE: whether two lists of numbers are equal, up to what 17 digits lose.
equal() {
    [ "$(wc -l <"$1")" -eq "$(wc -l <"$2")" ] && paste "$1" "$2" | awk '
        { d = $1 - $2; d = d < 0 ? -d : d; s = $2 < 0 ? -$2 : $2 }
        d > 1e-13 * (s > 1 ? s : 1) { bad++ } END { exit bad > 0 }'
}

# expect_values WHAT TYPE WIDTH ARGUMENT...: every device gives the numbers in the file `wanted`.
expect_values() {
    local what=$1 type=$2 width=$3 device
    shift 3
    for device in "${devices[@]}"; do
        rm -f got.npy
        expect_ok run "$@" -d "$device" "${quick[@]}" --npy got.npy
        [ -s got.npy ] || continue
        values got.npy "$type" "$width" >got
        equal got wanted || fail "$what on $device: other values, first $(head -3 got | tr '\n' ' ')"
    done
}

# ---- One kernel: saxpy

mkdir saxpy
cat >saxpy/saxpy.ini <<'END'
[workload]
summary = y = a x + y
[parameter n]
default = 5000
unit = elements
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
END
cat >saxpy/saxpy.cl <<'END'
kernel void saxpy(global const float *x, global float *y, float a, uint n) {
    size_t i = get_global_id(0);
    if (i < n)
        y[i] = a * x[i] + y[i];
}
END
cat >saxpy/saxpy.c <<'END'
#include <stddef.h>
void saxpy(size_t begin, size_t end, const float *x, float *y, float a) {
    for (size_t i = begin; i < end; i++)
        y[i] = a * x[i] + y[i];
}
END

# 2.5 i + 1 + 0.5 i is exact in f32.
awk 'BEGIN { for (i = 0; i < 1003; i++) print 3 * i + 1 }' >wanted
expect_values saxpy f4 4 ./saxpy --n 1003
expect_values "saxpy by its file" f4 4 saxpy/saxpy.ini --n 1003
(cd saxpy && expect_ok run . -d native:twin --n 1003 "${quick[@]}")
expect_values "saxpy by its folder's name" f4 4 saxpy --n 1003
awk 'BEGIN { for (i = 0; i < 77; i++) print 0.5 * i + 1 - 0.5 * i }' >wanted
expect_values "saxpy with another a" f4 4 ./saxpy --n 77 --a=-0.5

expect_ok compare ./saxpy "${quick[@]}" --json all.json
for label in native:twin 0:0:kernel; do
    grep -q "\"variant\": \"${label##*:}\"" all.json || fail "compare: no row of $label"
done
grep -q '"reference": "native:twin-1t"' all.json || fail "compare: not proved by the twin"
grep -q '"independent": true' all.json || fail "compare: proved by nothing independent"
! grep -q '"status": "failed"\|"status": "mismatch"' all.json || fail "compare: a device failed"

expect_ok run ./saxpy --help
grep -q -- '--n N' "$scratch/stdout" || fail "help: it has no parameter of the manifest"

# ---- Two dimensions and a pair: a stencil in time steps

mkdir stencil
cat >stencil/stencil.ini <<'END'
[parameter rows]
default = 40
[parameter cols]
default = 30
[parameter count]
default = 8
[parameter rate]
default = 0.125
[buffer u]
shape = rows, cols
begin = index
[buffer v]
shape = rows, cols
[kernel smooth]
file = stencil.cl
global = cols, rows
local = 8x4, 16x16
[twin smooth]
file = stencil.c
[steps]
count = count
pair = u, v
END
cat >stencil/stencil.cl <<'END'
kernel void smooth(global const double *u, global double *v, double rate, uint rows, uint cols) {
    size_t j = get_global_id(0), i = get_global_id(1);
    if (i >= rows || j >= cols)
        return;
    size_t at = i * cols + j;
    bool edge = i == 0 || j == 0 || i + 1 == rows || j + 1 == cols;
    v[at] = edge ? u[at]
                 : u[at] + rate * (u[at - 1] + u[at + 1] + u[at - cols] + u[at + cols] - 4 * u[at])
                         + (i % 3 == 0 ? 1.0 : 0.0);
}
END
cat >stencil/stencil.c <<'END'
#include <stddef.h>
void smooth(size_t begin, size_t end, const double *u, double *v, double rate, size_t rows,
            size_t cols) {
    for (size_t i = begin; i < end; i++)
        for (size_t j = 0; j < cols; j++) {
            size_t at = i * cols + j;
            int edge = i == 0 || j == 0 || i + 1 == rows || j + 1 == cols;
            v[at] = edge ? u[at]
                         : u[at] + rate * (u[at - 1] + u[at + 1] + u[at - cols] + u[at + cols] -
                                           4 * u[at]) + (i % 3 == 0 ? 1.0 : 0.0);
        }
}
END
for count in 1 2 7; do
    awk -v rows=13 -v cols=17 -v count="$count" 'BEGIN {
        for (k = 0; k < rows * cols; k++) u[k] = k
        for (s = 0; s < count; s++) {
            for (i = 0; i < rows; i++) for (j = 0; j < cols; j++) {
                k = i * cols + j
                v[k] = u[k]
                if (i > 0 && j > 0 && i + 1 < rows && j + 1 < cols)
                    v[k] += 0.125 * (u[k - 1] + u[k + 1] + u[k - cols] + u[k + cols] - 4 * u[k]) + \
                        (i % 3 == 0)
            }
            for (k = 0; k < rows * cols; k++) u[k] = v[k]
        }
        for (k = 0; k < rows * cols; k++) printf "%.17g\n", u[k] }' >wanted
    expect_values "stencil, $count steps" f8 8 ./stencil --rows 13 --cols 17 --count "$count"
done
expect_ok compare ./stencil "${quick[@]}"

# ---- A pipeline, a local array, a scalar of its own, and whole numbers

mkdir chain
cat >chain/chain.ini <<'END'
[parameter n]
default = 5000
[tunable UNROLL]
candidates = 1, 2
[buffer x]
shape = n
begin = ramp(-7, 3)
[buffer t]
shape = n
access = scratch
[buffer y]
shape = n
access = out
[scalar middle]
value = n / 2
[local group]
bytes = local_size * sizeof(int)
[kernel squares]
file = chain.cl
global = n
local = 64, 32
[kernel neighbours]
file = chain.cl
global = n
[twin chain]
file = chain.c
[workload]
result = y
END
cat >chain/chain.cl <<'END'
#include "sum.h"
kernel void squares(global const int *x, global int *t, local int *group, uint n) {
    size_t i = get_global_id(0), own = get_local_id(0);
    group[own] = i < n ? x[i] * x[i] : 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    size_t other = get_local_size(0) - 1 - own;
    size_t place = i - own + other;
    if (place < n)
        t[place] = group[other] * UNROLL / UNROLL;
}
kernel void neighbours(global const int *t, global int *y, uint n, uint middle) {
    size_t i = get_global_id(0);
    if (i < n)
        y[i] = i < middle ? sum(t[i], t[(i + 1) % n]) : -t[i];
}
END
echo 'int sum(int a, int b) { return a + b; }' >chain/sum.h
cat >chain/chain.c <<'END'
#include "sum.h"
void chain(const int *x, int *t, int *y, unsigned n, unsigned middle) {
#pragma omp parallel for
    for (unsigned i = 0; i < n; i++)
        t[i] = x[i] * x[i];
#pragma omp parallel for
    for (unsigned i = 0; i < n; i++)
        y[i] = i < middle ? sum(t[i], t[(i + 1) % n]) : -t[i];
}
END
for n in 1 64 333; do
    awk -v n="$n" 'BEGIN {
        for (i = 0; i < n; i++) t[i] = (3 * i - 7) * (3 * i - 7)
        for (i = 0; i < n; i++) print i < int(n / 2) ? t[i] + t[(i + 1) % n] : -t[i] }' >wanted
    expect_values "chain of $n" d4 4 ./chain --n "$n"
done
expect_ok compare ./chain "${quick[@]}" --json all.json
for name in squares neighbours; do
    grep -q "\"kernel\": \"$name\"" all.json || grep -q '"clock_trouble": "' all.json || fail "no time of the kernel $name"
done
expect_ok run ./chain -d 0:0 --n 333 --warmup 0 --repeat 2 --min-time 0 -q --tune UNROLL=2,work-group=2 --npy got.npy
values got.npy d4 4 >got
equal got wanted || fail "chain with tunables: other values"

# ---- Kernels whose arguments depend on the step

mkdir doubling
cat >doubling/doubling.ini <<'END'
[parameter n]
default = 1024
[buffer a]
shape = n
begin = index
[buffer b]
shape = n
[scalar distance]
value = 1 << step
[kernel scan]
file = doubling.cl
global = n
[twin scan]
file = doubling.c
[steps]
count = max(1, ilog2(pow2_ceil(n)))
pair = a, b
END
cat >doubling/doubling.cl <<'END'
kernel void scan(global const uint *a, global uint *b, uint n, uint distance) {
    size_t i = get_global_id(0);
    if (i < n)
        b[i] = a[i] + (i >= distance ? a[i - distance] : 0);
}
END
cat >doubling/doubling.c <<'END'
void scan(unsigned long begin, unsigned long end, const unsigned *a, unsigned *b, unsigned distance) {
    for (unsigned long i = begin; i < end; i++)
        b[i] = a[i] + (i >= distance ? a[i - distance] : 0);
}
END
awk 'BEGIN { for (i = 0; i < 600; i++) { sum += i; print sum } }' >wanted
expect_values "prefix sum" u4 4 ./doubling --n 600

# ---- Kernels of this project, given as manifests, give the same bits as the built-in ones

sources=$(cd "$tests/../.." && pwd)/kernels_cl

# same_bits WHAT BUILT-IN ARGUMENTS -- ARGUMENT...: the arrays of both are the same file.
same_bits() {
    local what=$1 device
    shift
    local built_in=()
    while [ "$1" != -- ]; do
        built_in+=("$1")
        shift
    done
    shift
    expect_ok run "${built_in[@]}" -d 0:0 "${quick[@]}" --npy wanted.npy
    for device in "${devices[@]}"; do
        rm -f got.npy
        expect_ok run "$@" -d "$device" "${quick[@]}" --npy got.npy
        cmp -s wanted.npy got.npy || fail "$what on $device: other bits than the built-in one"
    done
}

# copy_manifest NAME SOURCE: a manifest beside the kernels of this project that it describes.
copy_manifest() {
    cp -r "$tests/../support/manifests/$1" .
    cp "$sources/prelude.h" "$sources/$2" "$1"
}

copy_manifest fractal julia.cl
same_bits Julia julia --size 123x77 -- ./fractal --width 123 --height 77

copy_manifest heat diffusion.cl
expect_ok run diffusion --size 60x40 --init gaussian --steps 3 -d 0:0 "${quick[@]}" --npy heat/start.npy
same_bits diffusion diffusion --size 60x40 --init heat/start.npy --steps 9 -- ./heat

# ---- Wrong kernels have no time

cp -r saxpy wrong
mv wrong/saxpy.ini wrong/wrong.ini
sed -i 's/^\[kernel\]/[kernel saxpy]\nfile = saxpy.cl/; s/^\[twin\]/[twin saxpy]\nfile = saxpy.c/' wrong/wrong.ini
sed -i 's/if (i < n)/if (i < n \&\& i != 500)/' wrong/saxpy.cl
run compare ./wrong "${quick[@]}" --csv all.csv
[ "$status" -eq 4 ] || fail "a wrong kernel: exit status $status, not 4"
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i }
         NR > 1 && $column["status"] == "mismatch" && $column["total_ns"] == "" { wrong++ }
         NR > 1 && $column["status"] == "ok" { right++ }
         END { exit !(wrong >= 1 && right >= 1) }' all.csv ||
    fail "a wrong kernel: $(cut -c1-200 all.csv)"

# Every buffer that comes down is compared, and pictures are those of the result.
mkdir pair
cat >pair/pair.ini <<'END'
[parameter n]
default = 20
[buffer sums]
shape = n, n
access = out
[buffer products]
shape = n, n
access = out
[kernel]
global = n, n
[twin]
[picture]
END
cat >pair/pair.cl <<'END'
kernel void pair(global float *sums, global float *products, uint n) {
    size_t i = get_global_id(1), j = get_global_id(0), at = i * n + j;
    sums[at] = i + j;
    products[at] = i * j;
}
END
cat >pair/pair.c <<'END'
void pair(float *sums, float *products, unsigned n) {
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j < n; j++) {
            sums[i * n + j] = i + j;
            products[i * n + j] = i * j;
        }
}
END
expect_ok compare ./pair "${quick[@]}" -o pair.png
run png info pair.png
grep -q "20 x 20" "$scratch/stdout" || fail "a picture: $(cat "$scratch/stdout")"
sed -i 's/products\[at\] = i/products[at] = 2 * i/' pair/pair.cl
run compare ./pair "${quick[@]}" --json all.json
[ "$status" -eq 4 ] || fail "another output that is wrong: exit status $status, not 4"
grep -q "buffer products elements differ" all.json ||
    fail "another output that is wrong: the report does not name it"

# ---- Twins that do harm, and one that does not compile

# harmed NAME TEXT: a copy of saxpy whose twin begins with this statement.
harmed() {
    cp -r saxpy "$1"
    mv "$1/saxpy.ini" "$1/$1.ini"
    sed -i 's/^\[kernel\]/[kernel saxpy]\nfile = saxpy.cl/; s/^\[twin\]/[twin saxpy]\nfile = saxpy.c/' "$1/$1.ini"
    sed -i "s|float a) {|float a) {\n    $2|" "$1/saxpy.c"
}

# Oclgrind's simulated device is a second one, which can be compared with PoCL's, and has memory of
# its own.
simulator=/usr/lib/oclgrind/liboclgrind-rt-icd.so
mkdir vendors
if [ -e "$simulator" ] && cp /etc/OpenCL/vendors/*.icd vendors 2>/dev/null; then
    echo "$simulator" >vendors/oclgrind.icd
    export OCL_ICD_VENDORS=$PWD/vendors/
fi
others=$("$GPUFARE" devices --csv - 2>/dev/null | grep -c opencl-)

cp -r saxpy lonely
mv lonely/saxpy.ini lonely/lonely.ini
sed -i 's/^\[kernel\]/[kernel saxpy]\nfile = saxpy.cl/; /^\[twin\]/d' lonely/lonely.ini
run run ./lonely -d native "${quick[@]}"
[ "$status" -eq 5 ] || fail "no twin: native has exit status $status, not 5"
if [ "$others" -ge 2 ]; then
    expect_ok compare ./lonely --n 1003 "${quick[@]}" --json all.json
    [ "$(grep -c '"independent": false' all.json)" -eq "$others" ] ||
        fail "no twin: the devices are not compared with one another"
    sed 's/^\[workload\]/&\nindependent-rows = 4/; s/^global = n/global = ceil_div(n, 4)/' \
        lonely/lonely.ini >saxpy/rows.ini
    cat >saxpy/rows.cl <<'END'
kernel void rows(global const float *x, global float *y, float a, uint n) {
    for (size_t i = 4 * get_global_id(0); i < min(4 * get_global_id(0) + 4, (size_t)n); i++)
        y[i] = a * x[i] + y[i];
}
END
    sed -i 's/^\[kernel saxpy\]/[kernel rows]/; s/saxpy.cl/rows.cl/' saxpy/rows.ini
    printf '[twin saxpy]\nfile = saxpy.c\n' >>saxpy/rows.ini
    expect_ok compare saxpy/rows.ini --n 1003 "${quick[@]}" --json all.json
    grep -q '"ratio"' all.json || fail "independent rows: no transfers overlap kernels"
    # Rows that are not independent are found out.
    sed -i 's/y\[i\] = a \* x\[i\]/y[i] = a * x[(i + n \/ 2) % n]/' saxpy/rows.cl
    sed 's/y\[i\] = a \* x\[i\]/y[i] = a * x[(i + n \/ 2) % n]/; s/float a)/float a, size_t n)/' \
        saxpy/saxpy.c >saxpy/rows.c
    sed -i 's/^file = saxpy.c$/file = rows.c/' saxpy/rows.ini
    run compare saxpy/rows.ini --n 1003 "${quick[@]}" --json all.json
    [ "$status" -eq 4 ] || fail "rows that are not independent: exit status $status, not 4"
    grep -q "in a pipelined round trip" all.json ||
        fail "rows that are not independent: not found out by the pipelined round trip"
fi

# expect_lost WHAT WORDS ARGUMENT...: the twin's row says why; what other devices proved stays.
expect_lost() {
    local what=$1 words=$2
    shift 2
    run compare "$@" "${quick[@]}" --json all.json
    [ "$status" -eq 1 ] || fail "$what: exit status $status, not 1"
    grep -qF -- "$words" all.json || fail "$what: the report lacks '$words'"
    [ "$others" -lt 2 ] || grep -q '"independent": false' all.json ||
        fail "$what: no device was compared with another one"
}
# These crashes are meant: AddressSanitizer leaves them to the program, whose rows are read here.
[ -z "${ASAN_OPTIONS-}" ] || export ASAN_OPTIONS="$ASAN_OPTIONS:handle_segv=0:handle_sigbus=0"
harmed crash 'void abort(void); abort();'
expect_lost "a twin that crashes" "crashed with SIGABRT" ./crash
harmed endless 'for (volatile int i = 1; i != 0;) i = 1;'
# By the clock; on a busy machine, where the deadline waits for it, by its processor time.
expect_lost "an endless twin" deadline ./endless --deadline 2
# The limit of time is that of this process, less a second; its deadline would be far off.
harmed busy 'for (volatile int i = 1; i != 0;) i = 1;'
ulimit -S -t unlimited 2>/dev/null
(failures=0 && ulimit -t 4 && expect_lost "a twin that uses up its time" "of processor time" ./busy --deadline 100; exit $failures) ||
    fail "a twin that uses up its time: no row of its own"
if [ -z "${ASAN_OPTIONS-}" ]; then # which ends a process that asks for so much
    harmed greedy 'void *malloc(unsigned long); float *volatile t = malloc(1ul << 46); a += t[0];'
    expect_lost "a twin that asks for too much memory" "was refused 65536.00 GiB of memory, beyond its limit of" ./greedy
fi
harmed beyond 'y[end + 2] = 1;'
expect_lost "a twin that writes behind its buffer" "outside of buffer y: 4 bytes near it are changed, the nearest 8 bytes behind its end" \
    ./beyond
harmed before '((volatile float *)x)[-5] = 1;'
expect_lost "a twin that writes before its buffer" "outside of buffer x, 20 bytes before its beginning" ./before
harmed reader 'y[0] = ((volatile float *)x)[-5];'
expect_lost "a twin that reads before its buffer" "outside of buffer x, 20 bytes before its beginning" ./reader
harmed changer '((volatile float *)x)[begin] = -1;'
expect_lost "a twin that changes its input" "it changed its input x" ./changer
harmed noisy 'y[0] = 0.0f / (begin == begin ? 0.0f : 1.0f); return;'
run compare ./noisy "${quick[@]}" --json all.json
[ "$status" -eq 4 ] || fail "a twin whose result is no number: exit status $status, not 4"
grep -q "elements of the reference are infinite or no number" all.json || fail "a twin whose result is no number: no word of it"

# ---- Kernels that write where they may not; each device says so, and has no time

# strays NAME STATEMENT WORDS [DEVICE]: a copy of saxpy whose kernel ends with this statement.
strays() {
    cp -r saxpy "$1"
    mv "$1/saxpy.ini" "$1/$1.ini"
    sed -i 's/^\[kernel\]/[kernel saxpy]\nfile = saxpy.cl/; s/^\[twin\]/[twin saxpy]\nfile = saxpy.c/' "$1/$1.ini"
    sed -i "s|y\[i\] = a . x\[i\] + y\[i\];|&\n    $2|" "$1/saxpy.cl"
    local device
    for device in ${4:-0:0}; do
        run run "./$1" --n 1003 -d "$device" "${quick[@]}" --json all.json
        [ "$status" -eq 1 ] || fail "$1 on $device: exit status $status, not 1"
        grep -qF -- "$3" "$scratch/stderr" || fail "$1 on $device: no '$3'"
        ! grep -q '"total": {' all.json || fail "$1 on $device: it has a time"
    done
}
every=0:0
[ "$others" -lt 2 ] || every="0:0 1:0"
strays after 'if (i == 7) y[n + 2] = 1;' "it wrote outside of buffer y: 4 bytes near it are changed, the nearest 8 bytes behind its end" "$every"
strays ahead 'if (i == 7) y[-3] = 1;' "wrote outside of buffer y" 0:0
strays into 'if (i == 7) ((global float *)x)[3] = -1;' "it changed its input x, 1 element of it" 0:0

harmed broken 'float b = nothing;'
expect_lost "a twin that does not compile" "saxpy.c:3:" ./broken
run run ./broken -d native "${quick[@]}"
grep -q "nothing" "$scratch/stderr" || fail "a twin that does not compile: no error of the compiler"
CC=no-such-compiler expect_lost "no compiler" "no C compiler 'no-such-compiler'" ./saxpy

# ---- Edits

echo 'int sum(int a, int b) { return a + b + 1; }' >chain/sum.h
awk 'BEGIN { for (i = 0; i < 5; i++) t[i] = (3 * i - 7) * (3 * i - 7)
    for (i = 0; i < 5; i++) print i < 2 ? t[i] + t[i + 1] + 1 : -t[i] }' >wanted
expect_values "chain after an edit of what it includes" d4 4 ./chain --n 5

# The time of compiling a twin is in the ledger, also where the reference had it compiled.
mkdir timed fresh && cp saxpy/saxpy.* timed/
echo '/* another text */' >>timed/saxpy.c
for state in cold warm; do
    XDG_CACHE_HOME=$PWD/fresh expect_ok run ./timed -d native:twin "${quick[@]}" --json all.json
    grep -q "\"state\": \"$state\"" all.json || fail "the twin's build is not $state"
    grep -q '"cold_ns": [1-9]' all.json || fail "$state: no time of the twin's compilation"
done
grep -q "native code" <("$GPUFARE" run ./timed -d native:twin --warmup 0 --repeat 2 --min-time 0 --no-tune) ||
    fail "the report does not say that a twin is native code"

# ---- Mistakes

expect_error 1 "cannot open ./nothing-here/" run ./nothing-here/
expect_error 2 "--m" run ./saxpy --m 3
mkdir named && cp saxpy/saxpy.* named/
sed -i 's/^global = n$/global = n * seed/' named/saxpy.ini
printf '\n[parameter seed]\ndefault = 1\n' >>named/saxpy.ini
expect_error 2 "its parameter seed has the name of an option" run ./named --seed 3
expect_error 2 "its parameter seed has the name of an option" compare ./named
expect_error 2 "n 0" run ./saxpy --n 0
sed 's/float \*y, float a/float *y, double a/' saxpy/saxpy.cl >chain/double.cl
cat >chain/types.ini <<'END'
[parameter n]
default = 10
[buffer x]
type = double
shape = n
[buffer y]
type = float
shape = n
[scalar a]
value = 1
type = float
[kernel saxpy]
file = ../saxpy/saxpy.cl
arguments = x, y, a, n
global = n
END
run run chain/types.ini -d 0:0 "${quick[@]}"
[ "$status" -ne 0 ] || fail "a buffer of another type than the kernel takes was passed"

# The compiler's first error is the reason.
sed 's/float a/float a, nothing b/' saxpy/saxpy.cl >wrong/saxpy.cl
run run ./wrong -d 0:0 "${quick[@]}"
[ "$status" -ne 0 ] || fail "a kernel that does not compile ran"

# A kernel that demands a work-group gets it.
sed 's/^kernel void/__attribute__((reqd_work_group_size(8, 1, 1))) kernel void/' saxpy/saxpy.cl \
    >wrong/saxpy.cl
expect_ok run ./wrong -d 0:0 --n 1003 "${quick[@]}"

finish
