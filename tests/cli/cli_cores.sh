#!/bin/bash
# The native path uses the cores of the process, however OpenMP binds its threads, and a report names
# the threads that run. CPUs that a driver presents as GPUs, and drivers that are installed twice,
# are seen for what they are.
. "$(dirname "$0")/cli.bash"
: "${CHECK_JSON:?is the path of the checker}"

unset OMP_NUM_THREADS OMP_PROC_BIND OMP_PLACES OMP_THREAD_LIMIT OMP_DYNAMIC GOMP_CPU_AFFINITY
cores=$(nproc)
first=$(taskset -cp $$ | sed 's/.*: *\([0-9]*\).*/\1/') # a core that this process may use
quick=(-s 64x64 --repeat 2 --min-time 0 --no-watch)

# What limits this shell already, as a cpuset of the container does, limits every run below.
name="baseline"
"$GPUFARE" devices --json devices.json >/dev/null 2>"$scratch/stderr" || fail "$name: devices"
own_limits=$("$CHECK_JSON" gpufare.devices/1 devices.json devices.0.limits=null >/dev/null 2>&1 || echo yes)
quota=$(grep -o '"limits": "[^"]*CPU quota' devices.json)

# expect_threads N [WORDS] SETTING...: with these variables the native device has N threads, the run
# names no more than them, N where they are asked for, and WORDS say why there are no more.
expect_threads() {
    local threads=$1 words=$2 ran
    shift 2
    name="$*"
    env "$@" "$GPUFARE" run julia -d native:scalar "${quick[@]}" >"$scratch/stdout" 2>"$scratch/stderr" ||
        fail "$name: exit status $?"
    ran=$(grep -oE "native:scalar: .*scalar, [0-9]+ thread" "$scratch/stdout" | grep -oE "[0-9]+ thread$")
    ran=${ran% thread}
    [ "${ran:-0}" -ge 1 ] && [ "$ran" -le "$threads" ] ||
        fail "$name: the run names '$ran' threads, not at most $threads"
    if [ -n "$words" ]; then
        grep -qF -- "$words" "$scratch/stdout" || fail "$name: the report lacks '$words'"
    elif [ -z "$own_limits" ]; then
        ! grep -qE "^ *cores: " "$scratch/stdout" || fail "$name: a limit is reported"
    fi
    env "$@" "$GPUFARE" run julia -d native:scalar "${quick[@]}" --threads "$threads" \
        >"$scratch/stdout" 2>"$scratch/stderr" || fail "$name --threads $threads: exit status $?"
    grep -qE "scalar, $threads thread" "$scratch/stdout" ||
        fail "$name --threads $threads: the run names other threads"
    env "$@" "$GPUFARE" devices --json devices.json >/dev/null || fail "$name: devices"
    expect_json gpufare.devices/1 devices.json "devices.0.compute_units=$threads" \
        "devices.0.limits=$([ -n "$words$own_limits" ] && echo '*' || echo null)"
    checks=$((checks + 3))
}

# ---- Threads
if [ -n "$quota" ]; then
    echo "a CPU quota limits this process: threads are not counted"
else
    expect_threads "$cores" "" NOTHING=1
    for bind in true close spread; do
        expect_threads "$cores" "" OMP_PROC_BIND=$bind
    done
    expect_threads "$cores" "" OMP_DYNAMIC=true
    expect_threads 1 "OMP_THREAD_LIMIT" OMP_THREAD_LIMIT=1
    name="more threads than OpenMP starts"
    OMP_THREAD_LIMIT=1 expect_error 2 "OMP_THREAD_LIMIT" run julia -d native:scalar "${quick[@]}" --threads 2
    [ "$cores" -eq 1 ] || expect_threads 1 "affinity mask" OMP_PLACES="{$first}"
    if [ "$cores" -gt 1 ]; then
        name="taskset"
        taskset -c "$first" "$GPUFARE" devices --json devices.json >/dev/null || fail "$name"
        expect_json gpufare.devices/1 devices.json devices.0.compute_units=1 'devices.0.limits=*'
        taskset -c "$first" "$GPUFARE" doctor >"$scratch/stdout" 2>"$scratch/stderr"
        grep -q "^warn *native threads *1: this process may use 1 of the machine's" "$scratch/stdout" ||
            fail "$name: doctor does not say so"
    fi
fi

# The threads that really run, each bound to a core of its own where OpenMP binds.
watched=(run julia -d native:scalar -s 1000x1000 --max-iter 3000 --repeat 2 --min-time 0)
count_cores() {
    local process=$1 tries=0 found=0 now
    while kill -0 "$process" 2>/dev/null && [ $tries -lt 100 ]; do
        now=$(cat /proc/"$process"/task/*/status 2>/dev/null | grep Cpus_allowed_list | sort -u | wc -l)
        [ "$now" -le "$found" ] || found=$now
        tries=$((tries + 1))
        sleep 0.05
    done
    kill "$process" 2>/dev/null
    wait "$process" 2>/dev/null
    echo "$found"
}
if [ "$cores" -gt 1 ]; then
    OMP_PROC_BIND=true "$GPUFARE" "${watched[@]}" --threads "$cores" >"$scratch/stdout" 2>&1 &
    found=$(count_cores $!)
    checks=$((checks + 1))
    [ "$found" -eq "$cores" ] || fail "OMP_PROC_BIND: threads run on $found of $cores cores"
fi

# ---- OpenCL
name="devices"
"$GPUFARE" devices --json devices.json >/dev/null 2>"$scratch/stderr"
if ! "$CHECK_JSON" gpufare.devices/1 devices.json 'devices.1.kind="opencl-cpu"' >/dev/null 2>&1; then
    echo "no OpenCL device on the CPU: the rest is left out"
    finish
fi

# A driver's threads are not bound to the core of the thread that loads it.
if [ "$cores" -gt 1 ]; then
    OMP_PROC_BIND=true "$GPUFARE" run julia -d cpu -s 1000x1000 --max-iter 20000 --repeat 2 \
        --min-time 0 >"$scratch/stdout" 2>&1 &
    process=$! wide=0
    for _ in {1..100}; do
        loads=$process # the process that loads the driver: the tool or its worker
        for child in $(cat /proc/$process/task/*/children 2>/dev/null); do
            loads=$child
        done
        ! grep -qs "^Cpus_allowed_list:.*[-,]" /proc/"$loads"/task/*/status || { wide=1 && break; }
        kill -0 $process 2>/dev/null || break
        sleep 0.05
    done
    kill $process 2>/dev/null
    wait $process 2>/dev/null
    checks=$((checks + 1))
    [ $wide -eq 1 ] || fail "OMP_PROC_BIND: every thread of the driver is bound to one core"
fi

# One driver that is installed twice is one chip.
icd=$(for file in /etc/OpenCL/vendors/*.icd; do grep -lis pocl "$file"; done | head -1)
if [ -n "$icd" ] && [ -z "${OCL_ICD_VENDORS:-}" ]; then
    mkdir twice && cp "$icd" twice/a.icd && cp "$icd" twice/b.icd
    export OCL_ICD_VENDORS=$PWD/twice
    name="a driver twice"
    run compare julia "${quick[@]}" -d cpu --repeat 3
    [ "$status" -eq 0 ] || fail "$name: exit status $status"
    grep -q "^0:0:.* ok " "$scratch/stdout" || fail "$name: the table lacks 0:0"
    if grep -q "^1:0:.* ok " "$scratch/stdout"; then # a loader may drop the second
        grep -q "^  .*0:0 and 1:0 are one chip (the host's CPU)" "$scratch/stdout" ||
            fail "$name: the verdict does not say that it is one chip"
        ! grep -q "^Verdict: .*times as fast" "$scratch/stdout" || fail "$name: a chip beats itself"
        run doctor
        grep -q "^warn .*drivers twice" "$scratch/stdout" || fail "$name: doctor does not say so"
    fi
    unset OCL_ICD_VENDORS
fi

# ---- How long OpenMP's threads spin
# expect_spins WORDS SETTING...: with these variables libgomp, if it is the run-time, says WORDS.
expect_spins() {
    local words=$1
    shift
    name="$*"
    env -u OMP_WAIT_POLICY OMP_DISPLAY_ENV=verbose "$@" "$GPUFARE" --version >"$scratch/stdout" 2>"$scratch/stderr"
    ! grep -q "GOMP_SPINCOUNT" "$scratch/stderr" || grep -q "$words" "$scratch/stderr" ||
        fail "$name: not $words"
    grep -q "^gpufare " "$scratch/stdout" || fail "$name: no version"
}
expect_spins "GOMP_SPINCOUNT = '1000'" A=1
expect_spins "GOMP_SPINCOUNT = '7'" GOMP_SPINCOUNT=7
expect_spins "OMP_WAIT_POLICY = 'ACTIVE'" OMP_WAIT_POLICY=active
env -i "$GPUFARE" --version >"$scratch/stdout" 2>"$scratch/stderr" || fail "without an environment"
run doctor
! grep -q GOMP_SPINCOUNT "$scratch/stdout" || fail "the user's environment is not put back"

# ---- A CPU that its driver calls a GPU
if [ -n "${LAYER:-}" ] && [ -f "$LAYER" ]; then
    # Drivers are in the tool's own process or in its workers.
    LAYER_PROGRAM=$(basename "${GPUFARE_WORKER:-$GPUFARE}")
    export OPENCL_LAYERS=$LAYER LAYER_PROGRAM LAYER_AS_GPU=llvmpipe
    name="llvmpipe as a GPU"
    expect_ok devices -v --json devices.json
    expect_json gpufare.devices/1 devices.json 'devices.1.kind="opencl-cpu"' \
        'devices.1.class_source="its driver calls it a GPU, but llvmpipe renders on the CPU"'
    run devices -v
    grep -q "^0:0: its driver calls it a GPU, but llvmpipe renders on the CPU; the host's CPU" \
        "$scratch/stdout" || fail "$name: devices -v does not say how it was known"
    run compare julia "${quick[@]}" -d native,cpu --repeat 3
    grep -q "^Verdict: .*No GPU took part" "$scratch/stdout" || fail "$name: it counts as a GPU"
    expect_error 3 "gpu" run julia -d gpu
fi
finish
