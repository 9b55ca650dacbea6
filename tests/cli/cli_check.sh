#!/bin/bash
# `gpufare check`: each flaw that is put into a sound kernel or twin is found in its line, and nothing
# is found in sound ones.
. "$(dirname "$0")/cli.bash"

simulated=true
[ -e /usr/lib/oclgrind/liboclgrind-rt-icd.so ] || simulated=false
echo 'int main(void) { return 0; }' >probe.c
sanitized=true
cc -fsanitize=address,undefined probe.c -o probe 2>/dev/null || sanitized=false
rm -f probe probe.c
echo "Oclgrind: $simulated; sanitizers: $sanitized"

# kernel NAME BODY: a manifest with a kernel whose line 3 is BODY, and no twin.
kernel() {
    mkdir -p "$1"
    cat >"$1/$1.ini" <<END
[parameter n]
default = 1 << 20
[buffer x]
shape = n
[buffer y]
shape = n
[kernel]
global = n
local = 64
END
    printf '%s\n' "kernel void $1(uint n, global const float *x, global float *y) {" \
        "    size_t i = get_global_id(0), l = get_local_id(0);" "$2" "}" >"$1/$1.cl"
}

# twin NAME BODY: adds a twin whose line 3 is BODY.
twin() {
    grep -q '^.twin' "$1/$1.ini" || echo "[twin]" >>"$1/$1.ini"
    printf '%s\n' "#include <stdlib.h>" \
        "void $1(size_t begin, size_t end, const float *x, float *y, unsigned n) {" "$2" "}" >"$1/$1.c"
}

sound='    for (size_t i = begin; i < end; i++) y[i] = x[i] + y[i];'

# expect_flaw NAME OF KIND WORDS...: exactly the one finding, in line 3.
expect_flaw() {
    local name=$1 of=$2 kind=$3
    shift 3
    run check "./$name" --json found.json --csv found.csv
    [ "$status" -eq 6 ] || fail "$name: exit status $status, not 6"
    grep -q '"schema": "gpufare.check/1"' found.json || fail "$name: no JSON report"
    grep -q '"exit_status": 6' found.json || fail "$name: JSON has another exit status"
    [ "$(tail -n +2 found.csv | cut -d, -f1 | sort -u)" = "$of" ] ||
        fail "$name: findings of: $(tail -n +2 found.csv)"
    grep -q "^$of,[^,]*:3,.*,$kind\$" found.csv || fail "$name: no $kind in line 3: $(cat found.csv)"
    for words; do
        grep -qF -- "$words" found.csv || fail "$name: no '$words': $(cat found.csv)"
        grep -qF -- "$words" "$scratch/stdout" || fail "$name: the table lacks '$words'"
    done
}

# ---- Sound ones

kernel sound '    if (i < n) y[i] = x[i] + y[i];'
twin sound "$sound"
kernel turned '    local float t[64]; t[l] = i < n ? x[i] : 0; barrier(CLK_LOCAL_MEM_FENCE); if (i < n) y[i] = t[63 - l];'
# Values go from one work-item to another in global memory, and counts are atomic.
kernel handed '    if (i < n) y[i] = x[i]; barrier(CLK_GLOBAL_MEM_FENCE); float z = i - l + 63 - l < n ? y[i - l + 63 - l] : 0; barrier(CLK_GLOBAL_MEM_FENCE); if (i < n) y[i] = z;'
sed -i 's/^global = n/global = n * 1/' handed/handed.ini
kernel counted '    local int c; if (l == 0) c = 0; barrier(CLK_LOCAL_MEM_FENCE); atomic_inc(&c); barrier(CLK_LOCAL_MEM_FENCE); if (i < n) y[i] = c;'
if $simulated && $sanitized; then
    for name in sound turned handed counted; do
        expect_ok check "./$name"
        grep -q "^kernel: clean (Oclgrind, [23] sizes)" "$scratch/stdout" || fail "$name: $(cat "$scratch/stdout")"
    done
    expect_ok check ./sound --n 100 --json found.json
    grep -q '"n=100"' found.json || fail "a given size is not used: $(cat found.json)"
    grep -q '"exit_status": 0' found.json || fail "sound: another exit status in JSON"
    expect_ok check ./sound --json -
    grep -q '"findings": 0' "$scratch/stdout" || fail "no JSON on stdout"
    expect_ok check ./sound -q
    [ ! -s "$scratch/stdout" ] || fail "quiet, and yet: $(cat "$scratch/stdout")"
fi

# ---- Flaws of kernels

if $simulated; then
    kernel beyond '    y[i] = x[i < n ? i : 0];'
    expect_flaw beyond kernel bounds "writes 4 bytes outside of its global memory"
    kernel before '    if (i < n) y[i] = x[i] + x[(int)i - 1];'
    expect_flaw before kernel bounds "reads 4 bytes outside of its global memory"
    kernel raced '    if (i + 1 < n) y[i] = y[i + 1];'
    expect_flaw raced kernel race "data race in global memory, with raced.cl:3"
    kernel unset '    float t; if (i % 2 == 1) t = 1; if (i < n) y[i] = t;'
    expect_flaw unset kernel uninitialised "written to global memory"
    kernel changed '    if (i < n) { ((global float *)x)[i] = 1; y[i] = 2; }'
    expect_flaw changed kernel input "a buffer that the manifest says it only reads"
    kernel apart '    if (l < 3) barrier(CLK_LOCAL_MEM_FENCE); if (i < n) y[i] = x[i];'
    expect_flaw apart kernel barrier "divergence"
fi

# ---- Flaws of twins

if $simulated && $sanitized; then
    for flaw in \
        'y[n] = 1; |bounds|writes 4 bytes, 0 bytes behind the end of buffer y' \
        'y[0] = x[-1]; |bounds|reads 4 bytes, 4 bytes before the beginning of buffer x' \
        'int k = 2147483647; k += (int)n; y[0] = k; |undefined|signed integer overflow' \
        'float *t = malloc(4 * n); t[n] = 1; y[0] = t[n - 1]; free(t); |bounds|of memory that it allocated itself' \
        'float *t = malloc(4); free(t); y[0] = *t; |memory|that it has freed'; do
        IFS='|' read -r body kind words <<<"$flaw"
        kernel flawed '    if (i < n) y[i] = x[i] + y[i];'
        twin flawed "    $body"
        expect_flaw flawed twin "$kind" "$words"
    done
    kernel gone '    if (i < n) y[i] = x[i] + y[i];'
    twin gone '    abort();'
    run check ./gone --csv found.csv
    [ "$status" -eq 6 ] || fail "a twin that aborts: exit status $status, not 6"
    grep -q "crashes (SIGABRT)" found.csv || fail "a twin that aborts: $(cat found.csv)"
    twin gone '    for (volatile int i = 1; i != 0;) i = 1;'
    run check ./gone --deadline 1
    [ "$status" -eq 1 ] || fail "an endless twin: exit status $status, not 1"
    grep -q "twin was not checked.*not done within 1 s" "$scratch/stderr" || fail "an endless twin"
    twin gone '    nothing;'
    run check ./gone
    [ "$status" -eq 1 ] || fail "a twin that does not compile: exit status $status, not 1"
    grep -q "gone.c:3" "$scratch/stderr" || fail "a twin that does not compile"
fi

# ---- What can't be done

GPUFARE_OCLGRIND=/nothing run check ./sound --json found.json
[ "$status" -eq 5 ] || fail "no Oclgrind: exit status $status, not 5"
grep -q "kernel was not checked: GPUFARE_OCLGRIND" "$scratch/stderr" || fail "no Oclgrind: no reason"
[ "$(wc -l <"$scratch/stderr")" -eq 1 ] || fail "no Oclgrind: more than one line"
grep -q '"of": "twin"' found.json || fail "no Oclgrind: no report of the twin"

# Its files are gone afterwards.
mkdir empty
TMPDIR=$PWD/empty run check ./sound
[ -z "$(ls -A empty)" ] || fail "a check leaves $(ls -A empty)"

expect_error 2 "julia is no kernel of your own; give a manifest" check julia
expect_error 2 "check: which workload?" check
expect_error 2 "--n 0" check ./sound --n 0
expect_error 2 "--deadline" check ./sound --deadline x
expect_error 1 "cannot open ./nothing/" check ./nothing/
[ -e gone/gone.ini ] || kernel gone ''
sed -i 's/^shape = n/shape = n - n/' gone/gone.ini
expect_error 2 "must be at least 1" check ./gone

finish
