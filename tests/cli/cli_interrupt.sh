#!/bin/bash
# SIGINT and SIGTERM end the work with exit status 130 and no partial file; progress on a terminal.
. "$(dirname "$0")/cli.bash"

# A run of hours, in many short launches.
long=(--device native --repeat 1000000 --warmup 1000000 --size 640x640)
# Some seconds of work that one core is busy with, so that tests beside this one have the others.
seconds=(--repeat 3 --min-time 3 --threads 1 --no-tune)

# until_true COMMAND...: waits until it succeeds; false after a minute, which a busy machine may need for much.
until_true() {
    for _ in $(seq 1200); do
        "$@" && return
        sleep 0.05
    done
    return 1
}
lacks_process() { ! kill -0 "$1" 2>/dev/null; }
has_lines() { [ "$(wc -l <"$scratch/$1")" -ge "$2" ]; }

# What the first signal is answered with, at once.
answer="gpufare: stopping after this kernel; again to end now"
# And where no kernel runs.
plain="gpufare: stopping; again to end now"

# wait_for_start PID: until the tool has installed its handlers, as the line about the device shows.
wait_for_start() {
    until_true is_started "$1" || fail "no line about the device within a minute"
}
is_started() { grep -q "^gpufare: device " "$scratch/stderr" || lacks_process "$1"; }

# expect_interrupted SIGNAL ARGUMENT...
expect_interrupted() {
    local signal=$1 pid start
    shift
    checks=$((checks + 1))
    : >"$scratch/stderr"
    # Without `set -m` a script's background jobs ignore SIGINT.
    set -m
    "$GPUFARE" "$@" -v >"$scratch/stdout" 2>"$scratch/stderr" &
    pid=$!
    set +m
    wait_for_start "$pid"
    start=$(date +%s%N)
    kill -s "$signal" "$pid"
    wait "$pid"
    status=$?
    [ "$status" -eq 130 ] || fail "$*: exit status $status after SIG$signal, not 130"
    [ "$(grep -v "^gpufare: device " "$scratch/stderr")" = "$answer
gpufare: interrupted" ] || fail "$*: not said in two lines"
    [ -z "$(ls -A)" ] || fail "$*: files are left: $(ls -A)"
    echo "SIG$signal: ended after $((($(date +%s%N) - start) / 1000000)) ms"
}

for signal in INT TERM; do
    expect_interrupted "$signal" run julia "${long[@]}" --json r.json -o p.png --npy a.npy
    expect_interrupted "$signal" run diffusion "${long[@]}" --csv r.csv
done
# In the middle of one long kernel.
expect_interrupted INT run diffusion --device native --size 640x640 --steps 100000000 -o p.png
# A driver may replace the handlers when it starts; they must be restored.
if "$GPUFARE" devices --csv - | grep -q "^1,"; then
    expect_interrupted INT run julia --device 1 --repeat 1000000 --size 640x640 -o p.png
    expect_interrupted TERM run diffusion --device 1 --steps 100000000 -o p.png
fi

# The first signal ends waiting for a pipe's reader.
# expect_no_reader LINES FILES ARGUMENT...: a signal once stdout has so many lines.
expect_no_reader() {
    local lines=$1 files=$2 pid
    shift 2
    checks=$((checks + 1))
    set -m
    "$GPUFARE" "$@" >"$scratch/stdout" 2>"$scratch/stderr" &
    pid=$!
    set +m
    until_true has_lines stdout "$lines" # the table comes before the files
    sleep 0.5
    kill -s INT "$pid"
    until_true lacks_process "$pid"
    kill -s KILL "$pid" 2>/dev/null && fail "$*: the first signal does not end it"
    wait "$pid"
    status=$?
    [ "$status" -eq 130 ] || fail "$*: exit status $status, not 130"
    [ "$(head -1 "$scratch/stderr")" = "$plain" ] || fail "$*: $(cat "$scratch/stderr")"
    grep -q "interrupted while pipe, which is a pipe, had no reader" "$scratch/stderr" ||
        fail "$*: $(cat "$scratch/stderr")"
    [ "$(ls -A)" = "$files" ] || fail "$*: files are $(ls -A)"
}

mkfifo pipe
expect_no_reader 2 pipe devices --json pipe
expect_no_reader 3 pipe run julia --device native --repeat 1 --size 64x64 --json pipe
expect_ok run julia --device native --repeat 1 --size 64x64 -q -o p.png
expect_ok run julia --device native --repeat 1 --size 64x64 --max-iter 9 -q -o q.png
expect_no_reader 1 "$(printf 'p.png\npipe\nq.png')" png diff p.png q.png -o pipe
rm p.png q.png

# The second signal ends what the first one can't, here a reader that does not read.
exec 8<>pipe
set -m
"$GPUFARE" run julia --device native --repeat 1 --size 640x640 -o p.png --npy pipe \
    >"$scratch/stdout" 2>"$scratch/stderr" 8<&- &
pid=$!
set +m
until_true [ -e p.png ]
sleep 0.3
kill -s INT "$pid"
until_true has_lines stderr 1
sleep 0.2
kill -0 "$pid" 2>/dev/null || fail "the first signal ended what waits for a pipe"
[ "$(cat "$scratch/stderr")" = "$answer" ] || fail "the first signal is not answered"
kill -s INT "$pid"
wait "$pid"
status=$?
checks=$((checks + 1))
[ "$status" -eq 130 ] || fail "two signals: exit status $status, not 130"
[ "$(ls -A)" = "$(printf 'p.png\npipe')" ] || fail "two signals: files are $(ls -A)"
exec 8<&-
rm pipe p.png

# ---- What was finished when the signal came is reported, and marked
# expect_cut_short LINES WORDS ARGUMENT...: a signal once stderr has so many lines that begin with
# WORDS. Sets `status`; the report is r.json.
expect_cut_short() {
    local lines=$1 words=$2 pid
    shift 2
    checks=$((checks + 1))
    rm -f r.json r.csv r.md
    : >"$scratch/stderr"
    set -m
    "$GPUFARE" "$@" --json r.json --csv r.csv --markdown r.md >"$scratch/stdout" \
        2>"$scratch/stderr" &
    pid=$!
    set +m
    until_true has_said "$words" "$lines" "$pid"
    kill -s INT "$pid"
    wait "$pid"
    status=$?
    [ "$status" -eq 130 ] || fail "$*: exit status $status, not 130"
    for file in r.json r.md "$scratch/stdout"; do
        grep -qi "cut.short.*interrupted after [0-9]* of [0-9]* " "$file" || fail "$*: $file is not marked"
    done
    grep -q ",cut_short" r.csv || fail "$*: r.csv is not marked"
    grep -q "\"interrupted after $expected\"" r.json || fail "$*: $(grep cut_short r.json)"
}

# has_said WORDS LINES PID: or has ended.
has_said() { [ "$(grep -c "^gpufare: $1" "$scratch/stderr")" -ge "$2" ] || lacks_process "$3"; }

expected="1 of 2 devices"
expect_cut_short 2 "device " compare julia -v --device native:scalar,native --size 64x64 "${seconds[@]}"
grep -q '"label": "native:scalar"\|"variant": "scalar"' r.json || fail "the finished device is missing"
grep -q "^Verdict: " "$scratch/stdout" || fail "there is no verdict on what was finished"
expected="1 of 2 values"
expect_cut_short 1 "size 64x64: " breakeven julia -v --sweep size=64:128 --device native:scalar --no-predict \
    "${seconds[@]}"
! grep -q "^Answer: \|^measured: " "$scratch/stdout" || fail "half a sweep has an answer"
rm -f r.json r.csv r.md

# What can't be written then is said in a line of its own, and the other files are written.
checks=$((checks + 1))
mkdir gone
: >"$scratch/stderr"
set -m
"$GPUFARE" compare julia -v --device native:scalar,native --size 64x64 "${seconds[@]}" \
    --json gone/r.json --csv r.csv >"$scratch/stdout" 2>"$scratch/stderr" &
pid=$!
set +m
until_true has_said "device " 2 "$pid"
rm -r gone
kill -s INT "$pid"
wait "$pid"
status=$?
[ "$status" -eq 130 ] || fail "a report that can't be written: exit status $status, not 130"
grep -q "^gpufare: the report that was cut short: .*gone/r.json" "$scratch/stderr" ||
    fail "a report that can't be written: $(cat "$scratch/stderr")"
grep -q "^gpufare: interrupted" "$scratch/stderr" || fail "the interruption is not said"
grep -q ",cut_short" r.csv || fail "the other file is not written"
rm -f r.csv

# The doctor, while a driver that never answers is tried.
checks=$((checks + 1))
mkdir vendors
echo libsilent.so >vendors/silent.icd
printf '#!/bin/sh\n: >"%s"\nexec sleep 300\n' "$scratch/tried" >"$scratch/silent worker"
chmod +x "$scratch/silent worker"
set -m
OCL_ICD_VENDORS=$PWD/vendors GPUFARE_WORKER="$scratch/silent worker" GPUFARE_PROBE_TIMEOUT=300 \
    "$GPUFARE" doctor --json r.json --csv r.csv --markdown r.md >"$scratch/stdout" 2>"$scratch/stderr" &
pid=$!
set +m
until_true [ -e "$scratch/tried" ]
start=$(date +%s)
kill -s INT "$pid"
wait "$pid"
status=$?
[ "$status" -eq 130 ] || fail "doctor: exit status $status, not 130"
[ $(($(date +%s) - start)) -lt 60 ] || fail "doctor: the first signal is answered after $(($(date +%s) - start)) s"
[ "$(cat "$scratch/stderr")" = "$plain
gpufare: interrupted" ] || fail "doctor: not said in two lines"
for file in r.json r.md "$scratch/stdout"; do
    grep -qi "cut.short.*interrupted after 0 of 1 drivers" "$file" || fail "doctor: $file is not marked"
done
grep -q ",cut_short" r.csv || fail "doctor: r.csv is not marked"
grep -q "^....  native threads" "$scratch/stdout" || fail "doctor: what was known is missing"
! grep -q "silent.icd" "$scratch/stdout" || fail "doctor: it says something of a driver that had not answered"
rm -r vendors r.json r.csv r.md

# ---- Progress: on a terminal only, and gone at the end
if command -v script >/dev/null; then
    export TERM=xterm # a dumb terminal gets no progress
    script -qec "'$GPUFARE' run diffusion --device native --min-time 3 --threads 1 --color never" \
        "$scratch/typescript" >/dev/null </dev/null
    checks=$((checks + 1))
    tr '\r' '\n' <"$scratch/typescript" >"$scratch/lines"
    grep -qE "^diffusion on native [a-z0-9]+: sample .*[0-9.]+ s" "$scratch/lines" ||
        fail "no progress on a terminal"
    grep -q "about .* s left" "$scratch/lines" || fail "no time that is left"
    last=$(grep -n "diffusion on native" "$scratch/lines" | tail -1 | cut -d: -f1)
    sed -n "$((last + 1))p" "$scratch/lines" | grep -q $'^\033\[K' || fail "progress is not cleared"
    script -qec "'$GPUFARE' run diffusion --device native --min-time 1 --threads 1 --color never -q" \
        "$scratch/typescript" >/dev/null </dev/null
    ! grep -q "diffusion on" "$scratch/typescript" || fail "--quiet shows progress"
else
    echo "script is not installed: progress is not tested"
fi
expect_ok run diffusion --device native --min-time 0.5
finish
