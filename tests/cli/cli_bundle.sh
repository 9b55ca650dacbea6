#!/bin/bash
# Bundles of evidence: what is in them, what their verification finds, and a second run. Also the energy
# of results, which comes from a tree with a counter.
. "$(dirname "$0")/cli.bash"
: "${CHECK_JSON:?is the path of the checker}"

if [ "${BUNDLES:?}" = OFF ]; then
    expect_error 5 "--bundle: this gpufare was built without libarchive or nettle" \
        compare julia --bundle a.tar.zst
    expect_error 5 "this gpufare was built without libarchive or nettle" bundle verify a.tar.zst
    finish
fi

quick="--repeat 3 --min-time 0 --no-tune --no-watch" # on a busy machine a verdict would name nobody

# ---- What is in it
export HOME="$scratch/folder-of-ada" OMP_DYNAMIC=false
mkdir "$HOME"
# shellcheck disable=SC2086 # a list of words
expect_ok compare julia --size 40x30 $quick --device native:scalar,native --json "$HOME/report.json" --bundle a.tar.zst
tar --zstd -tf a.tar.zst >names
for name in bundle.json report.json report.md devices.json doctor.json kernels/julia.cl kernels/prelude.h \
    pictures/native-scalar.png; do
    grep -qx "$name" names || fail "the bundle has no $name"
done
[ "$(tar --zstd --numeric-owner -tvf a.tar.zst | awk '{print $1, $2}' | sort -u)" = "-rw-r--r-- 0/0" ] ||
    fail "files have owners or modes of their own"
mkdir a && tar --zstd -xf a.tar.zst -C a
expect_json gpufare.bundle/1 a/bundle.json 'arguments.0="compare"' 'arguments.1="julia"' \
    'workload.name="julia"' 'workload.built_in=true' 'workload.argument=1' 'versions.gpufare=*' \
    'environment.OMP_DYNAMIC="false"' 'results.0.label="native:scalar"' \
    'results.0.picture="pictures/native-scalar.png"' 'files.0.sha256=*'
grep -q '"~/report.json"' a/bundle.json || fail "the home folder is not ~"
! grep -rqF folder-of-ada a || fail "a home folder is told"
host=$(uname -n)
[ "${#host}" -lt 6 ] || ! grep -rqF "$host" a || fail "the machine's name is told"

# ---- A sound one
expect_ok bundle verify a.tar.zst
says "gpufare compare julia --size 40x30"
says "report.json: medians, ledgers, statuses, and the verdict's devices, ratio and flags"
says "checksums of results, words and report.md are not"
says "sound: every check holds"
run bundle verify a.tar.zst -q
[ "$status" -eq 0 ] && [ ! -s "$scratch/stdout" ] || fail "a quiet verification is not quiet"

# ---- What does not hold. pack NAME: makes NAME.tar.zst of the folder b.
unpack() {
    rm -rf b && cp -r a b
}
pack() {
    (cd b && find . -type f | sed 's#^\./##' | sort | tar --zstd -cf "../$1.tar.zst" -T -)
}
# restate FILE: bundle.json has its present size and checksum.
restate() {
    python3 - "$1" <<'END'
import hashlib, json, sys
manifest = json.load(open("b/bundle.json"))
data = open("b/" + sys.argv[1], "rb").read()
for file in manifest["files"]:
    if file["name"] == sys.argv[1]:
        file.update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
json.dump(manifest, open("b/bundle.json", "w"))
END
}
# edit STATEMENT: changes the report, as `r` in Python, and states its checksum.
edit() {
    unpack
    python3 - "$1" <<'END'
import json, sys
r = json.load(open("b/report.json"))
exec(sys.argv[1])
json.dump(r, open("b/report.json", "w"))
END
    restate report.json
    pack changed
}
# expect_fault WORDS: the verification of changed.tar.zst finds it.
expect_fault() {
    run bundle verify changed.tar.zst
    [ "$status" -eq 6 ] || fail "exit status $status, not 6, for a bundle with the fault: $1"
    grep -q "^fault: .*$1" "$scratch/stdout" || fail "stdout has no fault with '$1'"
    grep -q "^gpufare: changed.tar.zst does not hold: " "$scratch/stderr" || fail "stderr has no summary"
    ! grep -q "^sound" "$scratch/stdout" || fail "a faulty bundle is called sound"
}

unpack && printf x >>b/kernels/julia.cl && pack changed
expect_fault "kernels/julia.cl has [0-9]* bytes, bundle.json says"
unpack && sed -i 's/complex/complax/;s/the/teh/' b/kernels/julia.cl && pack changed
expect_fault "kernels/julia.cl has the SHA-256"
unpack && rm b/kernels/prelude.h && pack changed
expect_fault "kernels/prelude.h is listed in bundle.json and not there"
unpack && echo >b/more && pack changed
expect_fault "more is there and not listed"
edit 'r["results"][0]["phases"]["total"]["median_ns"] += 1'
expect_fault "median_ns of total of native:scalar is said to be"
edit 'r["results"][0]["phases"]["kernel"]["samples_ns"][0] += 1'
expect_fault "the phases of round trip 0 of native:scalar add up to"
edit 'r["results"][0]["status"] = "failed"'
expect_fault "native:scalar is not ok and has numbers nevertheless"
edit 'r["results"][0]["verification"]["mismatches"] = 3'
expect_fault "is said to be ok, but 3 of "
edit 'r["results"][0]["schedule"] = "pipelined"'
expect_fault "compared by the schedule pipelined, which is the slower one"
edit 'r["verdict"]["winner"] = "0:0:vector"'
expect_fault "the verdict's winner is 0:0:vector, but by the samples it is native:"
edit 'r["verdict"]["ratio"] = 99.0'
expect_fault "the verdict's ratio is 99"
edit 'r["workload"]["parameters"]["size"]["width"] = 41'
expect_fault "pictures/native-scalar.png has 40 x 30 pixels, the report is of 41 x 30"
edit 'del r["results"][0]["device"]["id"]'
expect_fault "report.json: results\[0\].device.id is missing"
unpack && echo "{" >b/report.json && restate report.json && pack changed
expect_fault "report.json is no JSON document (line [12]: "

# ---- What is no bundle
expect_error 2 "is no tar archive that zstd compressed" bundle verify "$0"
expect_error 1 "cannot open nothing.tar.zst: No such file or directory; check its name and folder" \
    bundle verify nothing.tar.zst
head -c 3000 a.tar.zst >half.tar.zst
expect_error 2 "copy it again, or give a bundle that gpufare has written" bundle verify half.tar.zst
expect_error 2 "more: unexpected argument; bundle verify takes one bundle" bundle verify a.tar.zst more
expect_error 2 "--bundle: x.zip: a bundle is a tar archive that zstd compresses; give a name that ends in .tar.zst" \
    compare julia --bundle x.zip
echo x >plain && tar --zstd -cf other.tar.zst plain
expect_error 2 "other.tar.zst has no bundle.json" bundle verify other.tar.zst
expect_error 2 "bundle: give \`verify FILE\`" bundle
expect_error 2 "--manifest: it names what is run again; add --rerun" bundle verify a.tar.zst --manifest x.ini
expect_error 1 "--bundle: cannot write nowhere/a.tar.zst" compare julia --bundle nowhere/a.tar.zst

# ---- Run again: bits are compared, files that the saved command names are not written
rm "$HOME/report.json"
run bundle verify a.tar.zst --rerun
[ "$status" -eq 0 ] || [ "$status" -eq 6 ] || fail "--rerun: exit status $status" # 6: another speed
says "native:scalar: the same bits"
says "Changes of julia: size 40x30"
says "the same machine, by its description"
says "the new run"
! grep -q "rerun.tar.zst" "$scratch/stdout" || fail "--rerun names a file that is gone"
[ ! -e "$HOME/report.json" ] && [ ! -e "~" ] || fail "--rerun wrote a file that the bundle names"
unpack && python3 - <<'END'
import json
manifest = json.load(open("b/bundle.json"))
manifest["results"][0]["result_sha256"] = "0" * 64
manifest["environment"]["OMP_DYNAMIC"] = "true"
for result in manifest["results"]:
    result.pop("picture", None)
json.dump(manifest, open("b/bundle.json", "w"))
END
pack changed
OMP_SCHEDULE=static run bundle verify changed.tar.zst --rerun
[ "$status" -eq 4 ] || fail "--rerun with other bits: exit status $status, not 4"
says "native:scalar: other bits (SHA-256 0000000000000000..., now "
says "the variable OMP_DYNAMIC has another value now"
says "the variable OMP_SCHEDULE is set only now"

# arguments LIST: changed.tar.zst has these arguments, as Python's list.
arguments() {
    unpack && python3 - "$1" <<'END'
import json, sys
manifest = json.load(open("b/bundle.json"))
manifest["arguments"] = eval(sys.argv[1])
json.dump(manifest, open("b/bundle.json", "w"))
END
    pack changed
}
# refuses STATUS WORDS: --rerun of it.
refuses() {
    run bundle verify changed.tar.zst --rerun
    [ "$status" -eq "$1" ] || fail "--rerun: exit status $status, not $1"
    grep -qF -- "$2" "$scratch/stderr" || fail "--rerun: the message lacks '$2'"
}
arguments '["new", "julia"]'
refuses 2 "the bundle is of \`gpufare new\`; only those of run and compare"
arguments '["compare", "./julia"]'
refuses 2 "./julia is no workload of gpufare's own; say where the kernel is with --manifest"
arguments '["compare", "julia", "--in-process", "--nonsense"]'
refuses 2 "--nonsense: unknown option"
arguments '["compare", "julia", "sum"]'
refuses 2 "the saved command is none that can be run again"
arguments '["compare", "julia", "--help"]'
refuses 2 "the saved command is none that can be run again"

# ---- The variant is that of the report, though the command names none
GPUFARE_DEVICE=native:scalar expect_ok run julia --size 40x30 --max-iter 20 --repeat 2 --min-time 0 \
    --no-tune -q --bundle unnamed.tar.zst
run bundle verify unnamed.tar.zst --rerun
[ "$status" -eq 0 ] || [ "$status" -eq 6 ] || fail "--rerun without a variant: exit status $status"
says "native:scalar: the same bits"

# ---- A run that went on from a saved state goes on from there again, if it is there
if "$GPUFARE" run diffusion --size 31x40 --steps 90 -d native --no-tune -q --checkpoint states \
    --checkpoint-every 40 2>"$scratch/stderr"; then
    run run diffusion --size 31x40 --steps 90 -d native --no-tune -q --resume states \
        --bundle resumed.tar.zst
    run bundle verify resumed.tar.zst --rerun
    [ "$status" -eq 0 ] || fail "--rerun from a state: exit status $status"
    says ": the same bits"
    says "Times are not compared: they are of the steps after 80 in the bundle, and after 80 now"
    rm -r states
    run bundle verify resumed.tar.zst --rerun
    [ "$status" -eq 0 ] || fail "--rerun without its state: exit status $status"
    says ": the same bits"
    says "and after 0 now"
    grep -qF -- "--resume states: the saved command went on from states there" "$scratch/stderr" ||
        fail "--rerun does not say that there is no state"
else
    grep -qF "built without nettle" "$scratch/stderr" || fail "no states are saved"
fi

# ---- A kernel of one's own runs again only where the user says it is
run new saxpy
# shellcheck disable=SC2086 # a list of words
expect_ok run ./saxpy $quick --device native -q --bundle own.tar.zst
expect_ok bundle verify own.tar.zst
[ "$(tar --zstd -tf own.tar.zst | grep -c '^kernels/saxpy\.\(ini\|cl\|c\)$')" -eq 3 ] ||
    fail "the bundle lacks sources of the user's kernel"
run bundle verify own.tar.zst --rerun
[ "$status" -eq 2 ] || fail "--rerun of a user's kernel: exit status $status, not 2"
echo "# changed" >>saxpy/saxpy.ini
run bundle verify own.tar.zst --rerun --manifest ./saxpy
[ "$status" -eq 0 ] || [ "$status" -eq 6 ] || fail "--rerun --manifest: exit status $status"
says ": the same bits"
says "note: kernels/saxpy.ini is another text now"

# ---- Interrupted: nothing, or a bundle of what was finished
timeout --foreground -s INT 1 "$GPUFARE" compare julia --size 2000x2000 --min-time 30 --device native -q \
    --bundle cut.tar.zst >"$scratch/stdout" 2>"$scratch/stderr"
[ $? -eq 124 ] || [ $? -eq 130 ] || fail "an interrupted run ended by itself"
[ ! -e cut.tar.zst ] || expect_ok bundle verify cut.tar.zst
[ -z "$(find . -maxdepth 1 -name '*.tar.zst.*')" ] || fail "something half-written is left"

# ---- Energy, by a counter that gets 20 W
expect_ok run julia --size 20x20 --repeat 1 --min-time 0 --no-tune --device native --energy
if [ ! -d /sys/class/powercap ]; then
    says "energy: not readable here, because RAPL: /sys/class/powercap is not there"
fi
zone=$PWD/machine/sys/class/powercap/intel-rapl:0
mkdir -p "$zone"
echo package-0 >"$zone/name"
echo 262143328850 >"$zone/max_energy_range_uj"
python3 - "$zone/energy_uj" <<'END' &
import os, sys, time
start = time.monotonic()
file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
while time.monotonic() - start < 60 and os.path.exists(sys.argv[1]):
    os.pwrite(file, b"%012d\n" % ((time.monotonic() - start) * 20e6), 0)
    time.sleep(0.001)
END
meter=$!
while [ ! -s "$zone/energy_uj" ]; do sleep 0.05; done
GPUFARE_SYS_ROOT=$PWD/machine expect_ok run julia --size 200x200 --repeat 1 --min-time 0 --no-tune --device native \
    --energy --json energy.json --csv energy.csv
says "Energy (round trips repeated"
says "RAPL package-0"
GPUFARE_SYS_ROOT=$PWD/machine OCL_ICD_VENDORS=$PWD/machine/ run devices -v
says "energy: RAPL package-0"
rm "$zone/energy_uj"
wait "$meter"
expect_json gpufare.run/1 energy.json 'results.0.energy.sensors.0.name="RAPL package-0"' \
    'results.0.energy.sensors.0.of_host=true' 'results.0.energy.sensors.0.parts.h2d=null'
python3 - <<'END' || fail "the energy is not that of the counter"
import json
energy = json.load(open("energy.json"))["results"][0]["energy"]
parts = energy["sensors"][0]["parts"]
for name in ("idle", "total", "compute"):
    part = parts[name]
    assert abs(part["mean_watts"] / 20 - 1) < 0.1, (name, part) # the meter may be late
    assert abs(part["joules_each"] * part["repeats"] - part["joules"]) < 1e-9
assert parts["total"]["repeats"] > 1 and energy["joules_of_result"] == parts["total"]["joules_each"]
END
head -n 1 energy.csv | grep -q ",joules_of_result," || fail "the CSV has no column of energy"

finish
