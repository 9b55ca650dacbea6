#!/bin/bash
# Fields in files: the bytes of the result in memory, on every device and way of moving files, within the
# memory that was allowed; what is said, what is refused, and that nothing is left behind.
. "$(dirname "$0")/cli.bash"

quick=(--warmup 1 --repeat 1 --min-time 0 --no-tune)
devices=(native)
if "$GPUFARE" run sum --count 1 -d 0:0 "${quick[@]}" -q >/dev/null 2>&1; then
    devices+=(0:0)
fi

# header FILE: the length of its header, as its bytes 8 and 9 say.
header() {
    local bytes
    read -ra bytes < <(od -An -tu1 -j8 -N2 "$1")
    echo $((10 + bytes[0] + 256 * bytes[1]))
}

# same DEVICE ACCESS ARGUMENT...: the file has the elements of the array that the scalar kernel writes.
same() {
    local device=$1 access=$2
    shift 2
    rm -f one.npy field.npy
    expect_ok run "$@" -d native:scalar "${quick[@]}" -q --npy one.npy
    expect_ok run "$@" -d "$device" -q --field-file field.npy --field-memory 300000 --field-access "$access" \
        --verify full --json field.json
    cmp -s <(tail -c +$(($(header one.npy) + 1)) one.npy) <(tail -c +$(($(header field.npy) + 1)) field.npy) ||
        fail "$* on $device, $access: other bytes"
    [ "$(($(header field.npy) % 4096))" -eq 0 ] || fail "$*: the elements begin in the middle of a block"
}

for device in "${devices[@]}"; do
    same "$device" mapped diffusion --size 161x243 --steps 30 --boundary periodic --init gaussian
    same "$device" auto diffusion --size 333x100 --steps 20 --boundary insulated --precision f32
done
[ -z "${CHECK_JSON-}" ] || expect_json gpufare.run/1 field.json
direct=0
if "$GPUFARE" run diffusion --size 64x64 --steps 2 -d native -q --field-file try.npy --field-access direct \
    2>"$scratch/stderr"; then
    direct=1
    same native direct diffusion --size 161x243 --steps 30 --init gaussian
else
    grep -q "can't read and write past the page cache" "$scratch/stderr" || fail "direct: no reason"
fi
rm -f try.npy

# ---- Memory: four times as much in files as may be held

rm -f field.npy
whole=$((4096 * 4096 * 8))
run run diffusion --size 4096x4096 --steps 6 -d native --threads 2 --field-file field.npy \
    --field-memory $((whole / 4)) -o field.png --json field.json
[ "$status" -eq 0 ] || fail "four times the memory: exit status $status"
says "files: "
peak=$(sed -n 's/.*"host_peak_bytes": \([0-9]*\).*/\1/p' field.json | head -n 1)
# Sanitizers keep freed memory.
[ -n "${ASAN_OPTIONS-}" ] || [ "${peak:-$whole}" -lt $((whole / 4 + (48 << 20))) ] || fail "its memory reached ${peak:-nothing that was told}"
[ "$(stat -c %s field.npy)" -eq $((whole + 4096)) ] || fail "the file has $(stat -c %s field.npy) bytes"
"$GPUFARE" png info field.png >"$scratch/stdout" 2>&1 || fail "no picture"
says "4096 x 4096"
rm -f field.npy

# ---- What is refused

limit_ms=5000 # files are made before devices are looked for
touch there.npy
expect_error 2 "there.npy: is there already" run diffusion --field-file there.npy
expect_error 1 "--field-file: cannot " run diffusion --field-file nowhere/f.npy
expect_error 1 "no room for a file of" run diffusion --size 1000000x1000000 --steps 1 --field-file f.npy
expect_error 5 "have no room for the proof" run diffusion --size 2000x2000 --steps 900 --field-file f.npy \
    --field-memory 1000000
expect_error 2 "julia has none" run julia --field-file f.npy
expect_error 2 "give a file" run diffusion --field-file -
expect_error 2 "leave one of them out" run diffusion --field-file f.npy --npy g.npy
expect_error 2 "leave one of them out" run diffusion --field-file f.npy --checkpoint c
expect_error 2 "name the same file" run diffusion --field-file f.npy -o f.npy
# 0.25 is the default, which a field is not given.
for more in --repeat=5 --warmup=1 --min-time=0.25 --no-pipeline; do
    expect_error 2 "${more%=*}: a run with --field-file is one round trip" run diffusion --field-file f.npy $more
done
expect_error 2 "add --frames-every" run diffusion --field-file f.npy --out-dir d
expect_error 2 "add --field-file" run diffusion --field-memory 100000
expect_error 2 "unknown" run diffusion --field-file f.npy --field-access fast
if [ "${#devices[@]}" -gt 1 ]; then
    run run diffusion --field-file f.npy -d native+0:0 -q
    [ "$status" -eq 5 ] || fail "a set: exit status $status, not 5"
    grep -q "name one device" "$scratch/stderr" || fail "a set: no reason"
fi

# ---- Interrupted

"$GPUFARE" run diffusion --size 4096x4096 --steps 100000 -d native --field-file f.npy --field-memory 4000000000 \
    2>"$scratch/stderr" >"$scratch/stdout" &
victim=$!
sleep 1.5
kill -INT $victim
wait $victim
[ $? -eq 130 ] || fail "interrupted: another exit status"
[ -z "$(find . -name 'f.npy' -o -name '.gpufare*')" ] || fail "interrupted: something is left"
[ "$direct" -eq 0 ] || checks=$((checks + 1))

finish
