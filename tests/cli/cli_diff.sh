#!/bin/bash
# Saved reports: what `diff` and `compare --baseline` say of them, and what they refuse.
. "$(dirname "$0")/cli.bash"
: "${CHECK_JSON:?is the path of the checker}"

# report FILE KERNEL_NS [REPLACEMENT...]: a report of one device, 30 samples 1 % above and below; the
# replacements are sed's.
report() {
    local file=$1 ns=$2 samples=() total=() i
    shift 2
    for i in $(seq 30); do
        samples+=($((ns + (i % 2 == 0 ? ns : -ns) / 100)))
        total+=($((ns + (i % 2 == 0 ? ns : -ns) / 100 + 500000)))
    done
    cat >"$file" <<END
{"schema": "gpufare.compare/1", "cut_short": null, "watched": true,
 "machine": {"cpu": "a CPU", "os": "Linux", "compiler": "gcc 12", "cores": 2, "threads": 4,
             "memory_bytes": 8589934592, "gpufare": "0.1.0"},
 "workload": {"name": "julia", "parameters": {"size": {"width": 640, "height": 480}, "max-iter": 300}},
 "results": [{"device": {"id": "native", "name": "a CPU", "kind": "native", "platform": "native",
                         "driver": "OpenMP"},
              "variant": "avx2", "status": "ok", "reason": null, "tuning": {"values": {"threads": 4}},
              "phases": {"build": {"samples_ns": [4000]},
                         "kernel": {"samples_ns": [$(IFS=,; echo "${samples[*]}")], "clock": "monotonic"},
                         "d2h": {"samples_ns": [500000]},
                         "total": {"samples_ns": [$(IFS=,; echo "${total[*]}")]}},
              "pipelined": null, "disturbed_samples": 0}]}
END
    while [ $# -gt 0 ]; do
        sed -i "$1" "$file"
        shift
    done
}

report old.json 10000000
report same.json 10000000
report slow.json 13000000
report fast.json 8000000

# ---- Answers
expect_ok diff old.json same.json
says "Changes of julia: size 640x480, max-iter 300"
says "the same machine, by its description: a CPU, 2 cores, 4 threads, 8.0 GiB"
says "same (-"
says "no regression above 10 % found. Of all times: 2 the same"
[ "$(wc -L <"$scratch/stdout")" -le 160 ] || fail "a line is too long"
expect_ok diff old.json fast.json
says "faster by "
run diff old.json slow.json --json slow-diff.json --csv slow.csv --markdown slow.md --junit slow.xml
[ "$status" -eq 6 ] || fail "a regression: exit status $status"
says "2 regressions above 10 %: native:avx2 total slower by "
grep -q "^gpufare: 2 regressions above 10 %" "$scratch/stderr" || fail "stderr does not tell the regression"
expect_json gpufare.diff/1 slow-diff.json 'same_machine=true' 'regressions=2' 'judged=3' \
    'changes.0.device="native:avx2"' 'changes.0.phase="total"' 'changes.0.answer="slower"' \
    'changes.0.regression=true' 'changes.0.old.samples=30' 'changes.1.old.median_ns=10000000' \
    'changes.1.new.median_ns=13000000' 'old.0.file="old.json"' 'workload.name="julia"' \
    'fail_above=0.1' 'verdict=*'
head -n 1 slow.csv | grep -q "^device,phase,answer,regression,old_ns,new_ns," || fail "the CSV has another head"
grep -q "^native:avx2,total,slower,yes,10500000,13500000,30,30,1.28" slow.csv || fail "the CSV has no row of the total"
grep -q "^| native:avx2 | total" slow.md || fail "the Markdown has no table"
grep -q '<testsuite name="gpufare diff julia" tests="3" failures="2" errors="0" skipped="1"' slow.xml ||
    fail "JUnit counts otherwise"
grep -q '<failure message="slower by ' slow.xml || fail "JUnit has no failure"
if command -v python3 >/dev/null; then
    python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' slow.xml || fail "JUnit is no XML"
fi

# What is allowed.
expect_ok diff old.json slow.json --fail-above 35%
says "no regression above 35 % found"
expect_ok diff old.json slow.json --fail-above "50 %" -q
[ ! -s "$scratch/stdout" ] || fail "-q prints"
run diff old.json slow.json --fail-above 5 -q
[ "$status" -eq 6 ] || fail "--fail-above 5: exit status $status"

# Several runs, of which one stands twice under other names.
for i in 2 3; do cp old.json "old$i.json" && cp slow.json "slow$i.json"; done
run diff old.json,old2.json,old3.json slow.json,slow2.json,slow3.json
[ "$status" -eq 6 ] || fail "three runs each: exit status $status"
says "old: old.json, old2.json, old3.json"

# ---- No figures
report busy.json 13000000 's/"disturbed_samples": 0/"disturbed_samples": 20/'
expect_ok diff old.json busy.json
says "can't tell: busy machine"
says "other programs had the cores in 20 of 30 samples of busy.json"
says "Verdict: can't tell: nothing could be compared"
report cut.json 13000000 's/"cut_short": null/"cut_short": "interrupted after 1 of 2 devices"/'
expect_ok diff old.json cut.json
says "cut.json was cut short (interrupted after 1 of 2 devices)"
report wrong.json 13000000 's/"status": "ok", "reason": null/"status": "mismatch", "reason": "9 elements differ"/'
run diff old.json wrong.json --csv wrong.csv --junit wrong.xml
[ "$status" -eq 6 ] || fail "a result that is wrong now: exit status $status"
says "was verified, is not any more: mismatch in wrong.json: 9 elements differ"
says "1 regression"
grep -q "^native:avx2,total,unknown,yes,,," wrong.csv || fail "a result that was not verified has a time"
grep -q 'failures="1" errors="0" skipped="0"' wrong.xml || fail "JUnit skips a result that is wrong now"
expect_ok diff wrong.json old.json
says "mismatch in wrong.json: 9 elements differ"
report other.json 13000000 's/"variant": "avx2"/"variant": "avx512"/'
expect_ok diff old.json other.json
says "it is not in other.json, which has native:avx512; name the variant"
report threads.json 13000000 's/"threads": 4}}/"threads": 2}}/'
expect_ok diff old.json threads.json
says "threads=4 in old.json, threads=2 in threads.json"
report machine.json 13000000 's/"cpu": "a CPU"/"cpu": "another CPU"/' 's/"gpufare": "0.1.0"/"gpufare": "0.0.9"/'
run diff old.json machine.json
[ "$status" -eq 6 ] || fail "another machine: exit status $status"
says "another machine: was a CPU, 2 cores, 4 threads, 8.0 GiB, is another CPU"
says "gpufare: was 0.1.0, is 0.0.9"
says "The machines differ."
report driver.json 10000000 's/"driver": "OpenMP"/"driver": "OpenMP 5"/'
expect_ok diff old.json driver.json
says "driver of native: was OpenMP, is OpenMP 5"

# ---- Refused
report size.json 10000000 's/"width": 640/"width": 641/'
expect_error 2 "old.json is of another problem: its size is 640x480, that of size.json 641x480" diff old.json size.json
report sum.json 10000000 's/"name": "julia"/"name": "sum"/'
expect_error 2 "old.json is of julia, sum.json of sum" diff old.json sum.json
expect_error 2 "old.json is of julia, sum.json of sum" diff old.json,sum.json old.json
expect_error 2 "old.json is named twice" diff old.json,old.json same.json
expect_error 2 "diff: give two reports" diff old.json
expect_error 2 "diff: give two reports" diff old.json same.json slow.json
expect_error 2 'names no file' diff , same.json
expect_error 1 "cannot open none.json" diff none.json same.json
expect_error 2 ". is not a regular file" diff . same.json
: >empty.json
expect_error 2 "empty.json is no JSON document (line 1:" diff old.json empty.json
head -c 700 old.json >truncated.json
expect_error 2 "truncated.json is no JSON document (line " diff old.json truncated.json
head -c 3000 /dev/zero | tr '\0' '[' >deep.json
expect_error 2 "deep.json is no JSON document (line 1:" diff old.json deep.json
echo '{"schema": "gpufare.advise/1"}' >advice.json
expect_error 2 "advice.json: it is no report of a run (schema gpufare.advise/1)" diff old.json advice.json
report negative.json 10000000 's/"samples_ns": \[500000\]/"samples_ns": [500000, -1]/'
expect_error 2 "negative.json: results[0].phases.d2h.samples_ns[1] is -1" diff old.json negative.json
report control.json 10000000 's/"schema": "gpufare.compare\/1"/"schema": "a\\nb"/'
expect_error 2 "control.json: it is no report of a run (schema a b)" diff old.json control.json
truncate -s 65M large.json
limit_ms=3000
expect_error 2 "large.json is" diff old.json large.json
head -c 68000000 /dev/zero | tr '\0' ' ' >large.json
expect_error 2 "large.json is larger than 64 MiB" diff old.json large.json
rm large.json
limit_ms=500
expect_error 2 "--fail-above 0: not acceptable; give a percentage above 0" diff old.json same.json --fail-above 0
expect_error 2 "--fail-above 5x" diff old.json same.json --fail-above 5x
expect_error 2 "--fail-above -5%" diff old.json same.json --fail-above=-5%
expect_error 2 "--fail-above nan" diff old.json same.json --fail-above nan
expect_error 2 "both ask for stdout" diff old.json same.json --json - --junit -
[ -e /dev/full ] && { run diff old.json same.json >/dev/null; "$GPUFARE" diff old.json same.json >/dev/full 2>"$scratch/stderr" &&
    fail "a full disk is no failure"; }

# ---- compare --baseline, on the native device; what it takes is not judged
quick=(--device native:scalar --threads 1 --repeat 8 --min-time 0 --no-watch --size 64x48)
expect_ok compare julia "${quick[@]}" -q --json base.json
expect_json gpufare.compare/1 base.json 'watched=false'
run compare julia "${quick[@]}" --baseline base.json --fail-above 10000% --json next.json --junit next.xml --markdown next.md
[ "$status" -eq 0 ] || fail "compare --baseline: exit status $status"
says "Changes of julia: size 64x48"
says "old: base.json (gpufare "
says "new: this run (gpufare "
says "nobody watched whether other programs had the cores"
[ "$(grep -c "^Verdict: " "$scratch/stdout")" -eq 2 ] || fail "compare --baseline has not two verdicts"
grep -q '<testcase classname="native:scalar" name="total"' next.xml || fail "compare writes no JUnit"
grep -q "^## Changes of julia" next.md || fail "the Markdown of compare lacks the changes"
expect_json gpufare.compare/1 next.json 'results.0.status="ok"'
run diff base.json next.json --fail-above 10000% -q
[ "$status" -eq 0 ] || fail "diff of real reports: exit status $status"
# A baseline of far shorter times makes every run a regression; it may be the file that is replaced.
sed 's/^\( *\)[0-9]\{4,\}\(,\{0,1\}\)$/\110\2/' base.json >tiny.json
run compare julia "${quick[@]}" --baseline tiny.json --json tiny.json -q
[ "$status" -eq 6 ] || fail "a regression of compare: exit status $status"
expect_json gpufare.compare/1 tiny.json
expect_error 2 "--baseline: base.json is of another problem: its size is 64x48, that of this run 65x48" \
    compare julia "${quick[@]}" --size 65x48 --baseline base.json
expect_error 2 "--baseline: base.json is of julia, this run of sum" compare sum --baseline base.json
expect_error 1 "--baseline: cannot open none.json" compare julia "${quick[@]}" --baseline none.json
expect_error 2 "--fail-above: it judges changes; add --baseline" compare julia "${quick[@]}" --fail-above 5%
expect_error 2 "--junit: it lists changes; add --baseline" compare julia "${quick[@]}" --junit x.xml

finish
