#!/bin/bash
# States of jobs of several ranks, by Open MPI and by MPICH: gone on from with the same bytes on other
# numbers of ranks and without any, and on other devices; what a signal and a lost rank leave, and what is
# said about it. tools/faults/ranks kills many more.
. "$(dirname "$0")/cli.bash"
. "$(dirname "$0")/ranks.bash"

if [ "${CHECKPOINTS-1}" != 1 ]; then
    expect_error 5 "was built without nettle" run diffusion -d native --checkpoint c
    finish
fi

quick=(--no-tune --repeat 1 --min-time 0 --warmup 1 -q)
problem=(diffusion --size 61x43 --steps 300 --init gaussian --boundary periodic)
long=(diffusion --size 120x90 --steps 300000000 --isa scalar -d native --threads 1)

said() {
    grep -qF -- "$1" "$scratch/stderr" || fail "stderr lacks '$1'"
}

# resumed FROM: the latest command went on from this step, and out.npy has the right bytes.
resumed() {
    [ "$status" -eq 0 ] || fail "exit status $status"
    said "gpufare: going on from step $1 of "
    cmp -s one.npy out.npy || fail "other bytes from step $1 on"
    rm -f out.npy
}

# begin_long LAUNCHER N [ARGUMENT...]: starts a job that would take long, with its launcher in `pid`; returns when a
# second state is saved: then all ranks know of the first one, and have said so.
begin_long() {
    local words launcher=$1 ranks=$2
    shift 2
    rm -rf c
    words_of_launch "$launcher" "$ranks" run "${long[@]}" --checkpoint c --checkpoint-every 0.1s --npy lost.npy "$@"
    env ${mpi_options:+"$mpi_options"} "${words[@]}" </dev/null >"$scratch/stdout" 2>"$scratch/stderr" &
    pid=$!
    for _ in $(seq 600); do
        [ "$(find c -maxdepth 1 -name 'epoch-*' 2>/dev/null | wc -l)" -lt 2 ] || break
        sleep 0.05
    done
}

# rank_of_job NUMBER: the process of this rank of the job.
rank_of_job() {
    local process
    for process in $(pgrep -f "gpufare run ${long[*]} "); do
        [ "/proc/$process/exe" -ef "$GPUFARE" ] && [ "/proc/$process/cwd" -ef . ] || continue
        ! tr '\0' '\n' <"/proc/$process/environ" | grep -qxE "(OMPI_COMM_WORLD|PMI)_RANK=$1" || echo "$process"
    done
}

# ended LAUNCHER WHAT BEFORE: the job has ended so, without a result, and said once how to go on; BEFORE
# stands before that.
ended() {
    local told
    checks=$((checks + 1))
    [ "$status" -ne 0 ] || fail "$1, $2: exit status 0"
    [ ! -e lost.npy ] || fail "$1, $2: there is a result of a job that did not end"
    ! grep -qF "End of the job" "$scratch/stdout" || fail "$1, $2: it says that it has come to its end"
    told=$(grep -cE "^gpufare: the state of step [0-9]+ is saved; $3go on with: mpi(run|exec) -n 3 gpufare run diffusion .* --resume c$" \
        "$scratch/stderr") || true
    [ "$told" -eq 1 ] || fail "$1, $2: it says $told times how to go on"
    [ -n "$(newest_state)" ] || fail "$1, $2: no state is left"
}

# hears LAUNCHER: it passes on what ranks say after a signal. Open MPI 5 and 6 drop that.
hears() {
    [ "$1" != openmpi ] || mpirun.openmpi --version 2>/dev/null | grep -qE "\((OpenRTE|Open MPI)\) [1-4][.]"
}

# newest_state: the step of the newest state; nothing if there is none.
newest_state() {
    find c -maxdepth 1 -name 'epoch-*' | sed 's,^c/epoch-0*,,' | sort -n | tail -n 1
}

run run "${problem[@]}" -d native:scalar "${quick[@]}" --npy one.npy
tried=0
for mpi in openmpi mpich; do
    has_launcher $mpi || continue
    tried=$((tried + 1))

    # From ranks to other ranks, to one process, and back.
    rm -rf c d
    launch $mpi 3 run "${problem[@]}" -d native --threads 1 -q --checkpoint c --checkpoint-every 110
    [ "$status" -eq 0 ] && ! grep -q "^gpufare: " "$scratch/stderr" || fail "$mpi: saving: exit status $status"
    [ "$(find c -maxdepth 1 -name 'epoch-*' | wc -l)" -eq 2 ] || fail "$mpi: not two states stay"
    launch $mpi 4 run "${problem[@]}" -d native --threads 1 --resume c --npy out.npy
    resumed 220
    says "for the last 80 of 300 steps"
    run run "${problem[@]}" -d native --threads 1 --no-tune --resume c --npy out.npy
    resumed 220
    run run "${problem[@]}" -d native --threads 1 --no-tune -q --checkpoint d --checkpoint-every 150
    launch $mpi 2 run "${problem[@]}" -d native --threads 1 --resume d --npy out.npy
    resumed 150
    if [ $tried -eq 1 ] && "$GPUFARE" run sum --count 1 -d native+0:0 "${quick[@]}" >/dev/null 2>&1; then
        run run "${problem[@]}" -d native+0:0 --threads 1 --no-tune --resume c --npy out.npy
        resumed 220
        run run "${problem[@]}" -d 0:0 --device-memory 30000 --no-tune --resume c --npy out.npy
        resumed 220
        launch $mpi 2 run "${problem[@]}" -d 0:0,native --threads 1 --resume c --npy out.npy
        resumed 220
    fi

    # What differs is said once.
    launch $mpi 2 run "${problem[@]}" --precision f32 -d native --threads 1 --resume c
    [ "$status" -eq 2 ] || fail "$mpi: another precision: exit status $status"
    [ "$(grep -c "^gpufare: .*f32" "$scratch/stderr")" -eq 1 ] || fail "$mpi: not said once"

    # A signal: a last state. Open MPI waits for so many seconds before it passes the signal on, and
    # again before it kills; it ends with 1 whatever its ranks do.
    export OMPI_MCA_odls_base_sigkill_timeout=8
    begin_long $mpi 3
    kill -s TERM $pid
    wait $pid
    status=$?
    [ $status -eq $([ $mpi = openmpi ] && echo 1 || echo 130) ] || fail "$mpi: SIGTERM: exit status $status"
    if hears $mpi; then
        ended $mpi SIGTERM ""
        ! grep -qF "if no later one follows" "$scratch/stderr" || fail "$mpi: SIGTERM: an older state is told of as well"
        said "gpufare: saving a last state"
        said "gpufare: the state of step $(newest_state) is saved; go on with: "
    else
        ended $mpi SIGTERM "if the job is lost, "
    fi

    # A rank is lost: who is left says how to go on, when most of the time has gone that it has. MPICH ends the
    # others at once, so that what was said before must do, and so it must where nobody would hear it.
    export OMPI_MCA_odls_base_sigkill_timeout=4
    for victim in 0 2; do
        [ $mpi = openmpi ] || [ $victim = 0 ] || continue # they end alike
        quiet=()
        before="if the job is lost, "
        [ $mpi = mpich ] || ! hears $mpi || { quiet=(-q) before="if no later one follows, "; }
        begin_long $mpi 3 "${quiet[@]}"
        lost=$(rank_of_job $victim)
        kill -s KILL $lost || fail "$mpi: no rank $victim to kill: '$lost'"
        wait $pid
        status=$?
        ended $mpi "rank $victim is lost" "$before"
    done
done
if [ $tried -eq 0 ]; then
    echo "no plugin of an MPI with its launcher: jobs were not tried"
    [ $failures -gt 0 ] || exit 77
fi

finish
