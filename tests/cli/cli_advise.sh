#!/bin/bash
# `gpufare advise` on this machine's devices: reports, stored errors, damaged files.
. "$(dirname "$0")/cli.bash"
: "${CHECK_JSON:?is the path of the checker}"
hurry

# No files of an earlier run of this test are used.
export XDG_CACHE_HOME=$scratch/cache
here=(-d 'native:scalar,native')
# Other tests may run beside this one.
quick=(--repeat 2 --min-time 0 --no-watch)
# prime has the shortest calibration cases; this problem is half a million divisions.
prime=(prime "${here[@]}" --number 1000006000009)
julia=(julia "${here[@]}" --size 300x200)

# ---- In a budget: what one verdict needs, at first in part; then more; the rest without a budget
expect_ok advise "${prime[@]}" --budget 0.001 -q --json none.json
expect_json gpufare.advise/1 none.json 'verdict.kind="unmeasured"' 'contenders.0.possible=false' \
    'profile.partial=true' 'profile.measured=0' 'profile.budget_spent=true' 'profile.turns_now=0'
[ ! -e "$XDG_CACHE_HOME/gpufare" ] || ! ls "$XDG_CACHE_HOME"/gpufare/profile-* 2>/dev/null ||
    fail "a profile without measurements was saved"
expect_ok advise "${prime[@]}" --budget 0.001
says "Verdict (predicted): not known: there was no time to measure native:scalar and native:"
says "profile: partial: 0 of "
expect_ok advise "${prime[@]}" --budget 600 --json first.json
grep -qE "^gpufare: measuring first what this verdict needs of 1 device and [0-9]+ cases of prime" \
    "$scratch/stderr" || fail "it does not say what it measures for the verdict"
says "profile: partial: "
says "not measured: first touches, launches, copies, reads, arithmetic, other transfers of native"
says '`gpufare calibrate` measures all'
expect_json gpufare.advise/1 first.json 'contenders.0.possible=true' 'profile.partial=true' 'profile.budget_spent=false' \
    'profile.turns_now=*'
expect_ok calibrate --show -d native
grep -qE '^note: the profile of native is partial: it lacks ' "$scratch/stdout" ||
    fail "calibrate --show does not say that the profile is partial"
turns() { grep -o '"turns": [0-9]*' "$XDG_CACHE_HOME"/gpufare/profile-* | awk '{ n += $2 } END { print n }'; }
before=$(turns)
expect_ok advise "${prime[@]}" --budget 600 -q --json second.json
added=$(grep -o '"turns_now": [0-9]*' second.json | grep -o '[0-9]*$')
[ "$added" -gt 0 ] || fail "an advice with time left measures nothing"
[ "$(turns)" -eq $((before + added)) ] || fail "turns are $(turns), not $before and $added"

# ---- A prediction: measurements are announced once; there is no GPU, and no prediction was checked
expect_ok advise "${prime[@]}" --budget 0
measuring="^gpufare: measuring first what is not saved yet"
grep -qE "$measuring: 1 device and [0-9]+ cases of prime; about [0-9]+ s$" "$scratch/stderr" ||
    fail "it does not say that it measures first"
says "nothing ran at this size"
# For tests of other things, which need a profile and not the measuring of it.
[ -z "${PROFILES-}" ] || { mkdir -p "$PROFILES" && cp "$XDG_CACHE_HOME"/gpufare/profile-*.json "$PROFILES/"; }
expect_ok advise "${prime[@]}"
! grep -q "gpufare: measuring" "$scratch/stderr" || fail "it measures what is kept"
! grep -q "profile: partial" "$scratch/stdout" || fail "a whole profile is called partial"
says "Verdict (predicted): "
says "No GPU was measured"
grep -qE 'speed-up in total time against native:scalar \((up to [0-9]+ threads|1 thread)\)' "$scratch/stdout" ||
    fail "it does not say with how many threads the denominator computes"
says "No earlier prediction of prime on these devices was checked"
expect_ok advise "${prime[@]}" -q --json plain.json
expect_json gpufare.advise/1 plain.json 'workload.name="prime"' 'workload.parameters.number=1000006000009' \
    'contenders.0.device="native:scalar"' 'contenders.0.possible=true' \
    'contenders.0.modelled=false' 'contenders.0.cases=*' 'baseline="native:scalar"' \
    'verdict.gpu_evidence=false' 'verdict.gpu_note=*' 'trust.checks=0' 'trust.median_error=null' \
    'checklist.0.point="memory"' 'checklist.0.status="pass"' 'notes=[]'
grep -q '"check"' plain.json && fail "there is a check that nobody asked for"
expect_ok advise "${prime[@]}" --json -
cp "$scratch/stdout" stdout.json
expect_json gpufare.advise/1 stdout.json 'contenders.0.device="native:scalar"'
expect_ok advise "${prime[@]}" -q --markdown advice.md --csv advice.csv
grep -q '^\*\*Verdict (predicted):\*\*' advice.md || fail "the Markdown has no verdict"
[ "$(wc -l <advice.csv)" -eq 3 ] || fail "the CSV has not a line for each device"
expect_ok advise "${prime[@]}" -q
[ ! -s "$scratch/stdout" ] || fail "-q says something"

# ---- A CPU that OpenCL presents as a device says nothing about GPUs
run devices
# Its calibration takes half a minute; test_advice holds the same without a driver.
if [ -n "${GPUFARE_FULL:-}" ] && grep -q opencl-cpu "$scratch/stdout"; then
    expect_ok advise prime -d native:scalar,cpu --json - -q
    cp "$scratch/stdout" pocl.json
    expect_json gpufare.advise/1 pocl.json 'contenders.1.kind="opencl-cpu"' 'contenders.1.possible=true' \
        'verdict.gpu_evidence=false' 'verdict.gpu_note=*'
fi

# ---- Devices of another machine, from a file of profiles; a device of this machine is not a model
expect_ok calibrate --show "${here[@]}" -q --json own.json
expect_ok advise "${prime[@]}" --device-model own.json
says "native of the device model is this machine's own device"
! grep -q "modelled: " "$scratch/stdout" || fail "a device that is here is a model, too"
sed 's/"machine": "/"machine": "Another /' own.json >profiles.json
expect_ok advise "${prime[@]}" --device-model profiles.json --json model.json
says "model native:scalar: modelled: "
expect_json gpufare.advise/1 model.json 'contenders.2.device="model native:scalar"' 'contenders.2.modelled=true' \
    'contenders.2.possible=true' 'verdict.gpu_evidence=false'
expect_ok advise "${julia[@]}" --device-model profiles.json -q --json other.json
expect_json gpufare.advise/1 other.json 'contenders.2.device="model native"' 'contenders.2.possible=false' \
    'contenders.2.why_not=*'

# ---- After a check the errors are reported, stored and quoted
expect_ok advise "${prime[@]}" "${quick[@]}" --check --json checked.json
says "Predicted beside measured"
says "Checked: "
expect_json gpufare.advise/1 checked.json 'check.0.device="native:scalar"' 'check.0.phases.total.measured_ns=*' \
    'check.1.phases.kernel.error=*' 'trust.checks=0' 'verdict_held=*'
expect_ok advise "${prime[@]}"
says "Earlier predictions of prime on these devices were off by a median of"
says "(2 device runs)"
expect_ok advise "${julia[@]}"
says "No earlier prediction of julia on these devices was checked"
expect_ok advise "${prime[@]}" "${quick[@]}" --check -q --json twice.json
expect_json gpufare.advise/1 twice.json 'trust.checks=2' 'trust.median_error=*' 'trust.ninth_decile_error=*'

# ---- A damaged log of errors is reported and replaced
ledger=$(find "$XDG_CACHE_HOME/gpufare" -name 'errors-*.json')
echo '{"schema": "gpufare.errors/1", ' >"$ledger"
expect_ok advise "${prime[@]}"
says "ledger of errors: the saved errors were damaged"
says "No earlier prediction of prime on these devices was checked"
expect_ok advise "${prime[@]}" "${quick[@]}" --check -q --json anew.json
expect_json gpufare.advise/1 anew.json 'trust.checks=0' 'trust.begun_anew=null'

# ---- --permute: the same pixels in order and shuffled; the map of waiting lanes needs no run
expect_ok advise "${julia[@]}" "${quick[@]}" --budget 0 --permute --json permuted.json \
    --divergence-map map.png
says "Slow-down of the kernel by divergence"
says "no GPU took part: in theory, not measured"
expect_json gpufare.advise/1 permuted.json 'divergence.parameter="inputs"' 'divergence.gpu_evidence=false' \
    'divergence.results.0.device="native:scalar"' 'divergence.results.0.status="ok"' \
    'divergence.results.0.predicted=1.0' 'divergence.results.0.measured=*' \
    'divergence.results.1.status="ok"' 'divergence.efficiency.6.shuffled=*'
grep -q "300 x 200 pixels" <("$GPUFARE" png info map.png) || fail "the map has another size"

# ---- A damaged profile is reported and measured again
for profile in "$XDG_CACHE_HOME"/gpufare/profile-*.json; do
    echo 'damaged' >"$profile"
done
expect_ok advise "${prime[@]}" --budget 0
says "profile: the stored profile of native is damaged"
grep -q "$measuring" "$scratch/stderr" || fail "it does not say that it measures anew"
says "Verdict (predicted): "
expect_ok advise "${prime[@]}" -q --json again.json
expect_json gpufare.advise/1 again.json 'notes=[]'

finish
