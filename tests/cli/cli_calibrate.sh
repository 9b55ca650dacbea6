#!/bin/bash
# `calibrate`: profiles are stored and shown; a profile that can't be used is reported and replaced;
# after an interruption the stored profile stays.
. "$(dirname "$0")/cli.bash"
hurry

export XDG_CACHE_HOME=$scratch/cache
quick=(calibrate --device native --quick)

# kept: the path of the only stored profile.
kept() {
    find "$XDG_CACHE_HOME" -name 'profile-*.json' 2>/dev/null | head -1
}

# expect_text WORDS: stdout of the latest run contains them.
expect_text() {
    grep -qE -- "$1" "$scratch/stdout" || fail "stdout lacks '$1'"
}

expect_no_text() {
    ! grep -qE -- "$1" "$scratch/stdout" || fail "stdout has '$1'"
}

# expect_no_note: no note but those on what other programs did to the times.
expect_no_note() {
    ! grep "^note: " "$scratch/stdout" | grep -vE "other programs (took cores|rest)|on no line" |
        grep -q . || fail "stdout has a note"
}

# ---- No profile is stored yet
expect_ok calibrate --device native --show
expect_text "^note: native has no profile"
[ -z "$(kept)" ] || fail "--show kept something"

# ---- Measuring
expect_ok "${quick[@]}" --json r.json --csv r.csv --markdown r.md
grep -qE "^gpufare: calibrating 1 device; about [0-9]+ s$" "$scratch/stderr" ||
    fail "it does not say how long it takes"
head -n 1 "$scratch/stdout" | grep -q "^Calibrated: 1 of 1 device has a profile" || fail "the answer is not first"
expect_text "^native +mapped +up +[0-9.]+ .*round trips"
# Caches may bend the line so much that it is on none.
expect_text "^native +pageable +down +([0-9.]+ +[0-9.]+ +)?[0-9.]+ %"
expect_text "^native +[0-9.]+ .* [0-9]{4}-[0-9]{2}-[0-9]{2}T"
expect_no_note
grep -q '"schema": "gpufare.calibrate/1"' r.json || fail "the JSON has another schema"
grep -q '"schema": "gpufare.profile/1"' r.json || fail "the JSON has no profile"
grep -q "^native,mapped,up," r.csv || fail "the CSV lacks a transfer"
grep -qE "^\| native +\| mapped +\| up " r.md || fail "the Markdown lacks a transfer"
rm r.json r.csv r.md
[ -s "$(kept)" ] || fail "nothing was kept"
[ "$(find "$XDG_CACHE_HOME" -name 'profile-*' | wc -l)" -eq 1 ] || fail "more than one file"

cp "$(kept)" "$scratch/good"
expect_ok calibrate --device native --show --json -
cmp -s "$(kept)" "$scratch/good" || fail "--show changed what is kept"
grep -q '"schema": "gpufare.profile/1"' "$scratch/stdout" || fail "--show has no profile"
expect_ok calibrate --device native --show
expect_text "^native +mapped"
expect_no_note
# Another number of threads is another device.
expect_ok calibrate --device native --threads 7 --show
expect_text "^note: native has no profile"

# ---- A profile that can't be used is reported, not shown, and replaced
head -c 1000 "$scratch/good" >"$(kept)"
expect_ok calibrate --device native --show
expect_text "^note: the stored profile of native is damaged: "
expect_no_text "mapped"
sed 's/"driver": "/"driver": "old /' "$scratch/good" >"$(kept)"
expect_ok "${quick[@]}"
grep -q "^gpufare: the stored profile of native is stale: it is of the driver 'old " "$scratch/stderr" ||
    fail "a stale profile is replaced in silence"
expect_ok calibrate --device native --show
expect_no_note

# ---- SIGINT
take_time
cp "$(kept)" "$scratch/good"
for cases in "" --quick; do
    checks=$((checks + 1))
    set -m
    "$GPUFARE" calibrate --device native:scalar $cases --json r.json \
        >"$scratch/stdout" 2>"$scratch/stderr" &
    pid=$!
    set +m
    for _ in $(seq 200); do
        ! grep -q "^gpufare: calibrating" "$scratch/stderr" || break
        sleep 0.05
    done
    sleep 0.5
    kill -s INT "$pid"
    wait "$pid"
    status=$?
    [ "$status" -eq 130 ] || fail "calibrate $cases: exit status $status after SIGINT, not 130"
    [ "$(grep -v "^gpufare: calibrating " "$scratch/stderr")" = "gpufare: stopping after this kernel; again to end now
gpufare: interrupted" ] || fail "not said in these two lines"
    cmp -s "$(kept)" "$scratch/good" || fail "an interruption changed what is kept"
    [ -z "$(ls -A)" ] || fail "files are left: $(ls -A)"
done

hurry
# One workload, here a user's: its cases are added, and what was measured before stays.
expect_ok new scale
expect_ok calibrate ./scale --device native --json scale.json
grep -q '"workload": "scale@' scale.json || fail "the user's kernel has no cases"
measured_at() { sed -n 's/^ *"measured_at": \(.*\),*$/\1/p' "$1" | head -1; }
expect_ok calibrate --device native --show --json before.json
[ "$(measured_at scale.json)" = "$(measured_at before.json)" ] || fail "calibrate of one workload measured all"
expect_error 2 "--quick: skips the cases of workloads" calibrate ./scale --quick
expect_error 2 "prime: unexpected argument; calibrate takes one workload" calibrate sum prime
expect_error 2 "--count: unknown option" calibrate sum --count 5
rm -r scale scale.json before.json

# ---- No folder to store profiles in
XDG_CACHE_HOME=/dev/null expect_ok "${quick[@]}"
expect_text "^note: the profile can't be saved"

finish
