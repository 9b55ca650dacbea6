#!/bin/bash
# Problems larger than what a device may use, on the CPU's OpenCL driver: the same bytes as in memory,
# what is told, what is refused. With GPUFARE_OPENCL_COPY the driver has memory of its own.
tests=$(cd "$(dirname "$0")" && pwd)
. "$tests/cli.bash"

quick=(--warmup 1 --repeat 1 --min-time 0 --no-tune -d 0:0)

skip_without_f64
if ! "$GPUFARE" run sum --count 1 "${quick[@]}" -q >/dev/null 2>"$scratch/stderr"; then
    echo "skipped: no OpenCL device: $(head -n 1 "$scratch/stderr")"
    exit 77
fi

# same BYTES ARGUMENT...: within so many bytes the device writes the array that the scalar kernel writes.
same() {
    local memory=$1
    shift
    rm -f one.npy bands.npy
    expect_ok run "$@" -d native:scalar --warmup 1 --repeat 1 --min-time 0 --no-tune -q --npy one.npy
    expect_ok run "$@" "${quick[@]}" -q --npy bands.npy --device-memory "$memory" --json bands.json
    [ -s one.npy ] && cmp -s one.npy bands.npy || fail "$*: other bytes in bands"
    grep -q '"bands"' bands.json || fail "$*: no visits in JSON"
    [ "$copy" = 0 ] || grep -q '"overlapped": true' bands.json || fail "$*: nothing overlaps"
}

for copy in 0 1; do
    export GPUFARE_OPENCL_COPY=$copy
    same 9000 julia --size 131x77
    same 20000 diffusion --size 61x43 --steps 30 --boundary periodic --init gaussian
    same 9000 diffusion --size 61x43 --steps 30 --boundary insulated --precision f32
    same 300000 sum --count 100001
done
unset GPUFARE_OPENCL_COPY

# ---- What is said

run run diffusion --size 200x400 --steps 64 "${quick[@]}" --device-memory 400000 --json bands.json
[ "$status" -eq 0 ] || fail "diffusion in bands: exit status $status"
grep -q "^gpufare: 0:0: the problem needs 1.2 MiB, more than the device has room for: " "$scratch/stderr" ||
    fail "nothing is said before it runs"
grep -q "of which .* were used" "$scratch/stdout" || fail "no note on visits"
[ -z "${CHECK_JSON-}" ] || expect_json gpufare.run/1 bands.json

# ---- What is refused

expect_error 2 "--device-memory" run julia --device-memory nothing
run run diffusion --size 200x400 "${quick[@]}" --device-memory 5000 -q
[ "$status" -eq 5 ] || fail "no room for a row and its halos: exit status $status, not 5"
grep -q "not even its smallest band fits, which needs" "$scratch/stderr" || fail "no room: no reason"
[ "$(wc -l <"$scratch/stderr")" -eq 1 ] || fail "no room: more than one line"
run run diffusion --size 200x400 "${quick[@]}" -d native+0:0 --device-memory 400000
[ "$status" -eq 5 ] || fail "a set whose part has no room: exit status $status, not 5"
grep -q "a part of the problem needs .* and device 0:0 may use 0.381 MiB" "$scratch/stderr" ||
    fail "a set whose part has no room: no reason"
grep -Eq "^ *memory +fail +1.2 MiB of 390.6 KiB" "$scratch/stdout" ||
    fail "a set whose part has no room: its memory is not graded so"
run run julia --size 200x200 --inputs list "${quick[@]}" -d native+0:0 --device-memory 700000
[ "$status" -eq 0 ] || fail "a set whose parts have room: exit status $status"
grep -Eq "^ *memory +marginal .*each device had room for its part" "$scratch/stdout" ||
    fail "a set whose parts have room: no grade"

finish
