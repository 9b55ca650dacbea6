#!/bin/bash
# The JSON reports of the real tool: their schema, and their values in known cases.
. "$(dirname "$0")/cli.bash"
: "${CHECK_JSON:?is the path of the checker}"

quick=(--repeat 2 --min-time 0)

# The number of results in a report.
result_count() {
    grep -c '^ *"checksum":' "$1"
}

# ---- run
expect_ok run julia --device native "${quick[@]}" -q --json run.json -o p.png --npy a.npy
expect_json gpufare.run/1 run.json 'workload.name="julia"' 'workload.parameters.max-iter=300' \
    'workload.parameters.size={"width":1000,"height":1000}' 'results.0.device.id="native"' \
    'results.0.device.kind="native"' 'results.0.status="ok"' 'results.0.checksum=33219980' \
    'results.0.verification.mismatches=0' 'results.0.verification.compared=1000000' \
    'results.0.files.png="p.png"' 'results.0.files.npy="a.npy"' 'results.0.precision="f64"' \
    'results.0.math="strict"' 'results.0.traffic.bytes_up=0' 'results.0.traffic.bytes_down=2000000' \
    'results.0.phases.kernel.clock="monotonic"' 'results.0.throughput.unit="Giter/s"'
expect_ok run julia --device native "${quick[@]}" --json -
cp "$scratch/stdout" stdout.json
expect_json gpufare.run/1 stdout.json 'results.0.checksum=33219980' 'results.0.files.png=null'

expect_ok run julia --device native:scalar "${quick[@]}" -q --inputs list --json list.json
expect_json gpufare.run/1 list.json 'results.0.traffic.bytes_up=32000000' \
    'results.0.traffic.transfers=3' 'results.0.variant="scalar"' \
    'results.0.selected_by="asked for as native:scalar"'
expect_ok run julia --device native "${quick[@]}" -q --precision f32 --json f32.json
expect_json gpufare.run/1 f32.json 'results.0.checksum=33222988' 'results.0.precision="f32"'

expect_ok run diffusion --device native "${quick[@]}" -q --size 64x48 --steps 20 \
    --steps-per-transfer 5 --host-use write --json diffusion.json
expect_json gpufare.run/1 diffusion.json 'results.0.traffic.transfers=8' \
    'results.0.traffic.bytes_up=98304' 'results.0.checksum=*' 'workload.parameters.dt=0.1' \
    'results.0.throughput.unit="GCell/s"'

# Workloads without pictures; whole numbers have neither precision nor math.
expect_ok run prime --device native "${quick[@]}" -q --number 1000006000009 --npy divisors.npy \
    --json prime.json
expect_json gpufare.run/1 prime.json 'results.0.precision="integer"' 'results.0.checksum=1000003' \
    'results.0.answer="1000006000009 = 1000003 x 1000003; its smallest divisor is 1000003"' \
    'workload.parameters.number=1000006000009' 'results.0.files.npy="divisors.npy"' \
    'results.0.files.png=null'
expect_ok run sum --device native "${quick[@]}" -q --count 1000000 --precision f32 --json sum.json
expect_json gpufare.run/1 sum.json 'results.0.precision="f32"' 'results.0.answer=*' \
    'results.0.verification.known_checksum_holds=true' 'results.0.throughput.unit="Gvalue/s"'

# ---- compare
expect_ok compare julia --device 'native:scalar,native' "${quick[@]}" -q --json two.json --out-dir out
expect_json gpufare.compare/1 two.json 'baseline="native:scalar"' 'results.0.variant="scalar"' \
    'results.0.checksum=33219980' 'results.1.checksum=33219980' 'results.1.verification.mismatches=0' \
    'results.0.files.png="out/julia-native-scalar.png"' 'verdict.gpu_evidence=false'
[ "$(result_count two.json)" -eq 2 ] || fail "two devices make $(result_count two.json) results"

run compare julia "${quick[@]}" -q --json all.json
[ "$status" -eq 0 ] || fail "compare on all devices: exit status $status"
rules=()
for ((i = 0; i < $(result_count all.json); i++)); do
    # A driver that can't do it says why.
    if [ -n "${REFUSALS:-}" ] &&
        "$CHECK_JSON" gpufare.compare/1 all.json "results.$i.status=\"unsupported\"" 2>/dev/null; then
        rules+=("results.$i.reason=*" "results.$i.phases=null" "results.$i.checksum=null")
        continue
    fi
    rules+=("results.$i.status=\"ok\"" "results.$i.checksum=33219980" \
        "results.$i.verification.mismatches=0")
done
expect_json gpufare.compare/1 all.json 'baseline="native:scalar"' "${rules[@]}"

# A device without f64 is a result with a reason and no numbers; the others have theirs.
if grep -q '"opencl-' all.json; then
    export GPUFARE_OPENCL_NO_F64=1
    run compare julia "${quick[@]}" -q --json lacking.json
    [ "$status" -eq 0 ] || fail "a device without f64 among others: exit status $status"
    expect_json gpufare.compare/1 lacking.json 'results.0.checksum=33219980' \
        'results.2.status="unsupported"' 'results.2.phases=null' 'results.2.checksum=null' \
        'results.2.reason=*' 'results.2.device.f64=false'
    run run julia --device 1 "${quick[@]}" -q --json alone.json
    [ "$status" -eq 5 ] || fail "a device without f64 alone: exit status $status, not 5"
    expect_json gpufare.run/1 alone.json 'results.0.status="unsupported"' 'results.0.phases=null'
    run run julia --device 1 "${quick[@]}" -q --precision f32 --json f32.json
    if ! refusal "julia in f32"; then
        [ "$status" -eq 0 ] || fail "f32: exit status $status"
        expect_json gpufare.run/1 f32.json 'results.0.checksum=33222988'
    fi
    unset GPUFARE_OPENCL_NO_F64

    # Both ways to reach the memory of a device that shares the host's.
    if "$CHECK_JSON" gpufare.compare/1 all.json 'results.2.traffic.host_memory="in place"' 2>/dev/null; then
        export GPUFARE_OPENCL_COPY=1
        expect_ok run julia --device 1 "${quick[@]}" -q --json copied.json
        expect_json gpufare.run/1 copied.json 'results.0.traffic.host_memory="pinned"' \
            'results.0.device.unified_memory=false' 'results.0.checksum=33219980'
        grep -q '"driver": ".*, memory by copies"' copied.json || fail "copies share what is saved"
        unset GPUFARE_OPENCL_COPY
    fi

    # Variables that steer a driver: what they add to a build, and what they take from a kernel.
    if grep -q '"platform": "Portable Computing Language"' alone.json; then
        name="steered"
        export POCL_EXTRA_BUILD_FLAGS=-cl-mad-enable
        run run julia --device 1 "${quick[@]}" --no-tune
        grep -q "built with POCL_EXTRA_BUILD_FLAGS=-cl-mad-enable" "$scratch/stdout" ||
            fail "$name: flags that are not gpufare's are not shown"
        unset POCL_EXTRA_BUILD_FLAGS
        export POCL_MAX_WORK_GROUP_SIZE=12
        run run sum --count 1000 --device 0:0:group --no-tune --repeat 1 --min-time 0
        [ "$status" -eq 5 ] || fail "$name: exit status $status, not 5"
        grep -q "work-groups of at most 12[ ,]" "$scratch/stderr" || fail "$name: the limit is not said"
        unset POCL_MAX_WORK_GROUP_SIZE
    fi
fi

# ---- The checker finds the faults of a wrong report
! "$CHECK_JSON" gpufare.compare/1 run.json 2>/dev/null || fail "the checker takes any schema"
! "$CHECK_JSON" gpufare.run/1 run.json 'results.0.checksum=1' 2>/dev/null ||
    fail "the checker takes any value"
! "$CHECK_JSON" gpufare.run/1 p.png 2>/dev/null || fail "the checker takes a picture"

finish
