#!/bin/bash
# Bad input: one clear line, the right exit status, nothing left behind, at once.
. "$(dirname "$0")/cli.bash"

# A .npy file: npy FILE DESCR ORDER SHAPE DATA-BYTES
npy() {
    local header="{'descr': '$2', 'fortran_order': $3, 'shape': $4, }"
    local length=${#header}
    printf '\x93NUMPY\x01\x00' >"$1"
    printf "\\x$(printf %02x $((length % 256)))\\x$(printf %02x $((length / 256)))" >>"$1"
    printf '%s' "$header" >>"$1"
    head -c "$5" /dev/zero >>"$1"
}

# ---- Commands, workloads, options
expect_error 2 "unknown command; did you mean compare" compere julia
expect_error 2 "unknown option" --nonsense
expect_error 2 "which workload" run
expect_error 2 "julai" run julai
expect_error 2 "julai" compare julai --help
expect_error 2 "unexpected argument" run julia diffusion
expect_error 2 "unexpected argument" devices now
expect_error 2 "--bogus: unknown option" run julia --bogus
expect_error 2 "--bogus: unknown option" run julia --bogus=3
expect_error 2 "did you mean --precision" run julia --precison f32
expect_error 2 "-Z: unknown option" run julia -Z
expect_error 2 "-3: unknown option" run julia -3x4
expect_error 2 "ambiguous" run julia --m strict
expect_error 2 "--size: its value is missing" run julia --size
expect_error 2 "-s: its value is missing" run julia -s
expect_error 2 "--quiet: takes no value" run julia --quiet=yes
expect_error 2 "julia has no such option" run julia --steps 5
expect_error 2 "julia has no such option" run julia -k 5
expect_error 2 "frames-every" run julia --frames-every 5 --out-dir .
expect_error 2 "more than the 500 steps" run diffusion --frames-every 501 --out-dir .
expect_error 2 "add --out-dir" run diffusion --frames-every 5
expect_error 2 "unknown option" compare diffusion --frames-every 5
expect_error 2 "--rounds 3: a read has no rounds" run peak --moves read --rounds 3 --device native
expect_error 3 "native has no variant '' (it has " run julia --device native:
expect_error 2 "all items of sum have the same work" run sum --divergence-map map.png
expect_error 2 "--lane-group 8x: not acceptable" run julia --divergence-map map.png --lane-group 8x
expect_error 2 "add --divergence-map" run julia --lane-group 8x4
expect_error 2 "name the same file" run julia --divergence-map map.png -o map.png
expect_error 2 "name the same file, a.json and ./a.json" devices --json a.json --markdown ./a.json
mkdir folder
ln -s folder other
expect_error 2 "name the same file" devices --json folder/new --csv other/new
: >kept.json
ln -s kept.json link.json
expect_error 2 "name the same file" devices --json kept.json --csv link.json
expect_ok devices -q --json folder/a --csv a --markdown folder/b
rm -r folder other a kept.json link.json
[ ! -e map.png ] || fail "a map was made though it was refused"
expect_error 2 "which workload?" advise
expect_error 2 "nothing" advise nothing
expect_error 2 "--output" advise julia --output x.png
expect_error 2 "--output x.jpg: pictures are PNG; give a name that ends in .png" run julia --output x.jpg
expect_error 2 "can't be taken in another order" advise sum --device native --permute
expect_error 2 "--inputs list: measuring divergence sets it" \
    advise julia --device native --permute --inputs list
expect_error 2 "all items of sum" advise sum --device native --divergence-map map.png

# ---- Values
for bad in 0x5 5x0 -3x4 10x x10 10 10x10x10 "" " 5x5" 5x5k 1e3x5 99999999999999999999x2; do
    expect_error 2 "--size" run julia --size "$bad"
    expect_error 2 "--size" compare diffusion --size "$bad"
done
for bad in -1 abc 0 1000000000000 1e3 "" " 3" 3.5; do
    expect_error 2 "--max-iter" run julia --max-iter "$bad"
done
for bad in nan inf -inf 1,nan 1 1,2,3 , "" 1e999,0; do
    expect_error 2 "--c" run julia --c "$bad"
done
expect_error 2 "--view" run julia --view 1,2,3
expect_error 2 "--view" run julia --view nan,2,3,4
expect_error 2 "--view" run julia --view 1,1,0,1
expect_error 2 "--precision f16: unknown; choose" run julia --precision f16
expect_error 2 "--math" run julia --math fast
expect_error 2 "--boundary" run diffusion --boundary open
for bad in steps-per-pass steps-per-pass= =4 steps-per-pass=-1 steps-per-pass=4, steps-per-pass=4x ,; do
    expect_error 2 "--tune $bad: not understood; give NAME=NUMBER" run diffusion --tune "$bad"
done
expect_error 2 "out of range; give a whole number from 1 to" run diffusion --tune steps-per-pass=0
expect_error 2 "out of range" run diffusion --tune steps-per-pass=99999999999999999
expect_error 2 "no kernel of diffusion has it; there are: steps-per-pass" run diffusion --tune tile=4
for bad in nan inf 0 -0.1 abc; do
    expect_error 2 "--dt" run diffusion --dt "$bad"
    expect_error 2 "--diffusivity" run diffusion --diffusivity "$bad"
done
expect_error 2 "0.25" run diffusion --dt 0.26
expect_error 2 "0.125" run diffusion --dt 0.2 --diffusivity 2
for bad in 0 4294967296 1e8 ""; do
    expect_error 2 "--count" run sum --count "$bad"
    expect_error 2 "--count" advise sum --count "$bad"
done
for bad in 0 1 9223372036854775808 -7 ""; do
    expect_error 2 "--number" compare prime --number "$bad"
done
for workload in sum prime; do
    expect_error 2 "--output: $workload has no picture" run "$workload" -o picture.png
done
expect_error 2 "--precision" run prime --precision f64
for option in repeat threads; do
    expect_error 2 "--$option" run julia --$option 0
done
for option in repeat threads warmup seed; do
    for bad in -1 abc 1.5 99999999999999999999 ""; do
        expect_error 2 "--$option" run julia --$option "$bad"
    done
done
for bad in -1 nan inf abc ""; do
    expect_error 2 "--min-time" run julia --min-time "$bad"
done
expect_error 2 "--verify some: unknown; choose auto|full|sampled" run julia --verify some
expect_error 2 "--color" run julia --color sometimes

# ---- Sizes that no machine has memory for
expect_error 5 "memory" run julia --size 1000000000x1000000000
expect_error 5 "memory" run diffusion --size 1000000000x1000000000
expect_error 5 "memory" advise julia --size 1000000000x1000000000
expect_error 5 "--size 2147483647x2147483647: buffer" compare julia --size 2147483647x2147483647 --inputs list

# ---- Devices
expect_error 3 "native:nosuch" run julia --device native:nosuch
expect_error 3 "sse9" run julia --device native:sse9
expect_error 2 "--device" run julia --device ""
expect_error 2 "--device" run julia --device native,,native
expect_error 2 "one" run julia --device native:scalar,native
expect_error 2 "sse9" run julia --device native --isa sse9

# These ask every driver, which may take long the first time.
"$GPUFARE" devices >"$scratch/devices" 2>&1
echo "slowest refusal without drivers: $slowest_ms ms"
limit_ms=5000
expect_error 3 "nosuch" run julia --device nosuch
expect_error 3 "there are: " compare julia --device nosuch,native
expect_error 3 "9999" run julia --device 9999
for id in 4294967295:0 4294967296:0 18446744073709551616 18446744073709551616:0 0:4294967296 -1:0; do
    expect_error 3 "--device $id: no such device; there are: " run julia --device "$id"
done

# Part of the names of two devices, as when a driver presents the CPU as a device.
"$GPUFARE" devices --csv "$scratch/devices.csv" -q
for piece in $(cut -d, -f4 "$scratch/devices.csv" | tr -c 'A-Za-z0-9\n' '\n' | sort | uniq -d); do
    [ ${#piece} -ge 4 ] || continue
    expect_error 2 "matches" run julia --device "$piece"
    break
done

for bad in "" x 5x -1 nan inf 86401 1e99; do
    expect_error 2 "--budget" advise sum --budget "$bad"
done
expect_error 2 "--budget" compare sum --budget 5

# Nothing is measured before the file with other devices is found.
model=(advise sum --device native:scalar,native --device-model)
XDG_CACHE_HOME=$scratch/fresh expect_error 1 "missing.json" "${model[@]}" missing.json
[ ! -e "$scratch/fresh" ] || fail "something was measured although the file is missing"
echo '{"schema": "something else"}' >no-profiles.json
expect_error 2 "no-profiles.json" "${model[@]}" no-profiles.json
mkfifo pipe # that nobody writes to
for place in pipe .; do
    expect_error 2 "--device-model: $place is not a regular file" "${model[@]}" $place
done

limit_ms=500
expect_error 2 "nonsense" calibrate nonsense
expect_error 2 "--quik" calibrate --quik
expect_error 2 "--show measures nothing" calibrate --quick --show --json r.json
expect_error 3 "nosuch" calibrate --device nosuch
expect_error 1 "--json" calibrate --device native --json /nonexistent/r.json
expect_error 2 "--threads" calibrate --device native --threads 0

# ---- Input files
npy truncated.npy '<f8' False '(640, 640)' 1000
npy integers.npy '<u2' False '(640, 640)' 819200
npy shape.npy '<f4' False '(5, 7)' 140
npy fortran.npy '<f8' True '(640, 640)' 3276800
npy big.npy '>f8' False '(640, 640)' 3276800
npy flat.npy '<f8' False '(409600,)' 3276800
echo "no array" >text.npy
: >empty.npy
expect_error 2 "truncated" run diffusion --init truncated.npy
expect_error 2 "<u2" run diffusion --init integers.npy
expect_error 2 "5" run diffusion --size 640x640 --init shape.npy
expect_error 2 "Fortran" run diffusion --init fortran.npy
expect_error 2 "big-endian" run diffusion --init big.npy
expect_error 2 "dimension" run diffusion --init flat.npy
expect_error 2 "not a .npy file" run diffusion --init text.npy
expect_error 2 "not a .npy file" run diffusion --init empty.npy
expect_error 2 "missing.npy" run diffusion --init missing.npy
expect_error 2 "square, gaussian" run diffusion --init sqare
expect_error 2 "directory" run diffusion --init ./directory.npy/

# ---- Output files that not even root can write
: >file
for option in output npy json csv markdown; do
    expect_error 1 "--$option: cannot write no/such/file" run julia --$option no/such/file
    expect_error 1 "--$option: cannot write file/inside" run julia --$option file/inside
    expect_error 1 "it is a directory" run julia --$option .
    expect_error 1 "/proc/" run julia --$option /proc/nothing
    expect_error 1 "--$option: cannot write /dev/full" run julia --$option /dev/full
    expect_error 2 "--$option: empty" run julia --$option ""
done
expect_error 1 "--out-dir" compare julia --out-dir no/such/directory
expect_error 1 "--out-dir" compare julia --out-dir file
expect_error 1 "--out-dir" compare julia --out-dir file/inside
expect_error 1 "--out-dir" compare julia --out-dir /proc
expect_error 2 "only one file" run julia --json - --npy -
expect_error 2 "the same file" run julia --json same --csv same
if [ "$(id -u)" -ne 0 ]; then
    mkdir -m 555 locked
    expect_error 1 "--json" run julia --json locked/x.json
    expect_error 1 "--out-dir" compare julia --out-dir locked
fi

# ---- png
expect_error 2 "png: give" png
expect_error 2 "png paint: give" png paint
expect_error 2 "which file" png info
expect_error 2 "two PNG files" png diff a.png
expect_error 1 "missing.png" png info missing.png
expect_error 1 "not a PNG" png info text.npy
mkfifo unread # that nobody writes to
expect_error 2 "unread is not a regular file" png info unread
expect_error 2 "unread is not a regular file" png diff unread text.npy
rm unread
expect_error 1 "not a PNG" png diff text.npy text.npy

# ---- The environment
for threads in 5000 99999; do
    for device in native:scalar all; do
        export OMP_NUM_THREADS=$threads
        expect_error 2 "OMP_NUM_THREADS asks for $threads threads; at most" run sum --count 1000 -d $device
        unset OMP_NUM_THREADS
    done
done

worker=${GPUFARE_WORKER-}
export GPUFARE_WORKER=nowhere
expect_error 2 "GPUFARE_WORKER nowhere: no program of that name can be run; unset it" devices
if [ -n "$worker" ]; then export GPUFARE_WORKER=$worker; else unset GPUFARE_WORKER; fi
for seconds in 0 -1 soon 5s; do
    export GPUFARE_PROBE_TIMEOUT=$seconds
    expect_error 2 "GPUFARE_PROBE_TIMEOUT $seconds: give seconds" devices
    unset GPUFARE_PROBE_TIMEOUT
done

# A limit on the size of files, which would end the tool by a signal.
limited=$(
    ulimit -f 1
    "$GPUFARE" run julia --size 200x200 -d native:scalar --repeat 1 --min-time 0 -q --output limited.png 2>&1
    echo "status $?"
)
checks=$((checks + 1))
[ "$limited" = "gpufare: cannot write limited.png; make room or choose another place: File too large
status 1" ] || fail "a limit on files: $limited"
[ ! -e limited.png ] || fail "a limit on files: something was left behind"

# .icd files that never end, or never begin: whoever lists drivers names them and goes on.
mkdir odd && mkfifo odd/pipe.icd && ln -s /dev/zero odd/zero.icd
checks=$((checks + 1))
OCL_ICD_VENDORS=$PWD/odd timeout 20 "$GPUFARE" compare sum --count 1000 --repeat 1 --min-time 0 --no-watch \
    >"$scratch/stdout" 2>"$scratch/stderr" || fail "odd .icd files: exit status $?"
for file in pipe zero; do
    grep -q "not used: OpenCL driver file $file.icd: it is no regular file" "$scratch/stdout" ||
        fail "$file.icd: it is not said to be unused"
done
head -n 2 "$scratch/stdout" | tr -s "\n " " " |
    grep -q "^Verdict: .*; no other device took part.* 2 drivers or devices could not be used" ||
    fail "odd .icd files: the verdict does not say what is missing"

echo "slowest refusal of all: $slowest_ms ms"
finish
