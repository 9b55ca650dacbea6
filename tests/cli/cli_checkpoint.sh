#!/bin/bash
# Checkpoints: a run that goes on from a saved state, on any device, gives the bytes of one that was left
# alone; what is damaged, foreign, newer, in use or full is refused by name.
. "$(dirname "$0")/cli.bash"

if [ "${CHECKPOINTS-1}" != 1 ]; then
    expect_error 5 "was built without nettle" run diffusion -d native --checkpoint c
    finish
fi

export OMP_NUM_THREADS=1 # two that wait for each other are slow on a busy machine
quick=(--no-tune --repeat 1 --min-time 0 --warmup 1)
problem=(diffusion --size 61x43 --steps 300 --init gaussian)

# went_on STEP: the run said that it goes on from that step, and no more but what a set can gain.
went_on() {
    grep -q "^gpufare: going on from step $1 of " "$scratch/stderr" || fail "it does not go on from step $1"
    [ "$(grep -vc "^gpufare: native+0:0: " "$scratch/stderr")" -eq 1 ] || fail "more is said than where it goes on"
}

# ends STATUS ARGUMENT...: the tool ends so, whatever it says.
ends() {
    local want=$1
    shift
    run "$@"
    [ "$status" -eq "$want" ] || fail "$*: exit status $status, not $want"
}

said() {
    grep -qF -- "$1" "$scratch/stderr" || fail "stderr lacks '$1'"
}

# ---- The same bytes

devices=(native native:scalar)
if "$GPUFARE" run sum --count 1 -d native+0:0 "${quick[@]}" -q >/dev/null 2>&1; then
    devices+=(0:0 native+0:0)
fi

# same_from EVERY STEP ARGUMENT...: saved on each of `devices` and resumed on the next one, from STEP.
same_from() {
    local every=$1 step=$2 i
    shift 2
    expect_ok run "$@" -d native:scalar "${quick[@]}" -q --npy one.npy
    for i in "${!devices[@]}"; do
        rm -rf c saved.npy resumed.npy
        expect_ok run "$@" -d "${devices[i]}" --no-tune -q --checkpoint c --checkpoint-every "$every" --npy saved.npy
        ends 0 run "$@" -d "${devices[(i + 1) % ${#devices[@]}]}" --no-tune --resume c --npy resumed.npy
        went_on "$step"
        cmp -s one.npy saved.npy || fail "$* on ${devices[i]}: other bytes with checkpoints"
        cmp -s one.npy resumed.npy || fail "$* from ${devices[i]}: other bytes after it went on"
        [ "$(find c -maxdepth 1 -name 'epoch-*' | wc -l)" -le 2 ] || fail "more than two epochs stay"
        [ -z "$(find c -name 'writing-*')" ] || fail "half an epoch is left"
    done
}

same_from 100 200 "${problem[@]}"
devices=("${devices[@]:0:2}") # the others take long to start
same_from 70 140 diffusion --size 40x90 --steps 150 --steps-per-transfer 11 --host-use write --precision f32 \
    --boundary periodic

# By time: as often as a run can.
rm -rf c
expect_ok run "${problem[@]}" -d native --no-tune -q --checkpoint c --checkpoint-every 0.0001s --npy saved.npy
[ "$(find c -maxdepth 1 -name 'epoch-*' | wc -l)" -eq 2 ] || fail "nothing is saved by time"
ends 0 run "${problem[@]}" -d native --no-tune --resume c --npy resumed.npy
expect_ok run "${problem[@]}" -d native:scalar "${quick[@]}" -q --npy one.npy
cmp -s one.npy resumed.npy || fail "by time: other bytes"

# The reference has states of its own: the next run makes only its last steps. A damaged one is begun anew.
ls c/reference/epoch-* >/dev/null 2>&1 || fail "no state of the reference is saved"
# reference_ends WORDS: a run that goes on says so about its reference, and its result is right.
reference_ends() {
    ends 0 run "${problem[@]}" -d native --no-tune --checkpoint c --resume c --npy resumed.npy
    said "$1"
    cmp -s one.npy resumed.npy || fail "reference: other bytes"
}
reference_ends "the reference goes on from step "
for file in c/reference/epoch-*/*.part; do
    printf '\377' | dd of="$file" bs=1 seek=100 conv=notrunc status=none
done
reference_ends "is damaged"
! grep -q "the reference goes on" "$scratch/stderr" || fail "a damaged reference is gone on from"

# One command begins and goes on.
rm -rf c
again=(run "${problem[@]}" -d native --no-tune --checkpoint c --checkpoint-every 90 --resume c --json r.json)
expect_ok "${again[@]}"
ends 0 "${again[@]}"
went_on 270
says "for the last 30 of 300 steps"
says "went on from the saved state of step 270"
grep -q '"first_step": 270' r.json || fail "the report does not say where it went on"
ends 2 diff r.json r.json
said "went on from a saved state"

# A kernel of a user's, with steps.
mkdir decay
cat >decay/decay.ini <<'END'
[workload]
[parameter n]
default = 500
[parameter steps]
default = 40
[steps]
count = steps
pair = u, v
[buffer u]
shape = n
begin = ramp(0, 1)
[buffer v]
shape = n
[kernel]
global = n
[twin]
[tolerance]
bits = yes
END
cat >decay/decay.cl <<'END'
kernel void decay(global const double *u, global double *v, uint n) {
    const uint i = get_global_id(0);
    if (i < n)
        v[i] = 0.75 * u[i] + 0.25 * u[(i + 1) % n];
}
END
cat >decay/decay.c <<'END'
#include <stdint.h>
void decay(const double *u, double *v, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        v[i] = 0.75 * u[i] + 0.25 * u[(i + 1) % n];
}
END
expect_ok run ./decay -d native "${quick[@]}" -q --npy one.npy
expect_ok run ./decay -d native --no-tune -q --checkpoint d --checkpoint-every 15
ends 0 run ./decay -d native --no-tune --resume d --npy resumed.npy
went_on 30
cmp -s one.npy resumed.npy || fail "a user's kernel: other bytes"
echo "# changed" >>decay/decay.ini
ends 2 run ./decay -d native --no-tune --resume d
said "is of another problem (its workload"
rm -rf d decay

# ---- Damage

# damaged WORDS COMMAND...: the epoch is damaged by the command in its folder, and passed over.
expect_ok run "${problem[@]}" -d native:scalar "${quick[@]}" -q --npy one.npy
damaged() {
    local words=$1
    shift
    rm -rf c resumed.npy
    expect_ok run "${problem[@]}" -d native --no-tune -q --checkpoint c --checkpoint-every 100
    (cd c/epoch-000000000200 && "$@")
    ends 0 run "${problem[@]}" -d native --no-tune -q --resume c --npy resumed.npy
    said "$words"
    said "passed over"
    cmp -s one.npy resumed.npy || fail "$words: other bytes"
}
flip() {
    printf '\377' | dd of="$1" bs=1 seek=100 conv=notrunc status=none
}
damaged "is damaged" flip 0-000000000000.part
damaged "is torn" truncate -s 1000 0-000000000000.part
damaged "damaged manifest" truncate -s 100 manifest.json
damaged "lacks 0-000000000000.part" rm 0-000000000000.part
flip c/epoch-000000000100/0-000000000000.part
ends 1 run "${problem[@]}" -d native --no-tune -q --resume c
said "no epoch in c can be used; begin anew in an empty folder"

# ---- Refusals

rm -rf c
expect_ok run "${problem[@]}" -d native --no-tune -q --checkpoint c --checkpoint-every 100
resume=(run diffusion --init gaussian -d native)
expect_error 2 "--size 61x44: c/epoch-000000000200 is of 61x43" "${resume[@]}" --size 61x44 --steps 300 --resume c
expect_error 2 "--steps 301: " "${resume[@]}" --size 61x43 --steps 301 --resume c
expect_error 2 "--precision f32: " "${resume[@]}" --size 61x43 --steps 300 --precision f32 --resume c
expect_error 2 "(its inputs: " run diffusion --size 61x43 --steps 300 -d native --resume c
expect_error 2 "--checkpoint: c has states of an earlier run" run "${problem[@]}" -d native --checkpoint c
expect_error 2 "computes its result in one launch" run julia -d native --checkpoint d
expect_error 2 "add --checkpoint DIR" run "${problem[@]}" --checkpoint-every 9
for every in 0 x 3d -4 1e3 0s 1000000001 s 0x10; do
    expect_error 2 "--checkpoint-every $every: give steps" run "${problem[@]}" --checkpoint d --checkpoint-every="$every"
done
expect_error 2 "--repeat: a run with --checkpoint or --resume is one round trip" run "${problem[@]}" --checkpoint d -r 5
expect_error 2 "--no-pipeline: a run with --checkpoint or --resume is one round trip" run "${problem[@]}" --resume c \
    --no-pipeline
expect_error 2 "--energy: a run with checkpoints is one round trip" run "${problem[@]}" --checkpoint d --energy
expect_error 2 "--frames-every: " run "${problem[@]}" --resume c --frames-every 9 --out-dir f
expect_error 1 "--resume: cannot read the checkpoint gone" run "${problem[@]}" --resume gone
expect_error 1 "has no epoch" run "${problem[@]}" --resume .
expect_error 1 "--checkpoint: cannot make the folder gone/c" run "${problem[@]}" --checkpoint gone/c
expect_error 1 "one.npy is no folder" run "${problem[@]}" --resume one.npy
exec 9<>c/lock
flock 9
expect_error 1 "c is in use by process " run "${problem[@]}" --checkpoint c --resume c
exec 9>&-
sed -i 's|gpufare.checkpoint/1|gpufare.checkpoint/2|' c/epoch-000000000200/manifest.json
expect_error 5 "is of version 2 of the format" run "${problem[@]}" --resume c

# ---- A full disk: the run goes on, what was saved stays, nothing else does

rm -rf c
(
    ulimit -f 4 # blocks of 1 KiB
    exec "$GPUFARE" run "${problem[@]}" -d native --no-tune -q --checkpoint c --checkpoint-every 100
) >"$scratch/stdout" 2>"$scratch/stderr"
status=$?
checks=$((checks + 1))
[ "$status" -eq 1 ] || fail "full disk: exit status $status, not 1"
said "the state of step 100 is not saved, the run goes on: cannot write c/writing-"
said "make room"
said "--checkpoint: the latest state could not be saved"
[ ! -e c ] || fail "full disk: something is left: $(ls -R c)"

# ---- A signal: a last state, and the command that goes on

long=(diffusion --size 300x200 --steps 30000 --isa scalar -d native)
set -m
"$GPUFARE" run "${long[@]}" --no-tune -v --checkpoint "c d" --checkpoint-every 100 --npy out.npy \
    >"$scratch/stdout" 2>"$scratch/stderr" &
pid=$!
set +m
for _ in $(seq 400); do
    ! ls -d "c d"/epoch-* >/dev/null 2>&1 || break
    sleep 0.02
done
kill -s TERM "$pid"
wait "$pid"
status=$?
checks=$((checks + 1))
[ "$status" -eq 130 ] || fail "SIGTERM: exit status $status, not 130"
said "gpufare: saving a last state; again to end now"
said "gpufare: interrupted"
last=$(sed -n 's/^gpufare: the state of step \([0-9]*\) is saved; go on with: .*/\1/p' "$scratch/stderr")
command=$(sed -n 's/^gpufare: the state of .* go on with: gpufare //p' "$scratch/stderr")
[ -d "c d/epoch-$(printf %012d "${last:-0}")" ] || fail "the last state is not there"
[ ! -e out.npy ] || fail "there is a result of a run that did not end"
case $command in
*"--checkpoint 'c d'"*"--resume 'c d'") ;;
*) fail "the command that goes on is: $command" ;;
esac
finish
