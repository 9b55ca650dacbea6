#!/bin/bash
# Sweeps: tables, files, plots, refusals.
. "$(dirname "$0")/cli.bash"

# Little work: the native device, three values, few samples, no profile. Other tests may run beside
# this one.
# By itself the native device may pick the scalar kernel, which is listed already.
simd=$("$GPUFARE" devices --json - | grep -o '"simd": "[a-z0-9]*"' | head -1 | cut -d'"' -f4)
quick=(--sweep size=16:64 --max-iter 20 --device "native:scalar,native${simd:+:$simd}" --repeat 2
    --min-time 0 --no-watch)
measured=("${quick[@]}" --no-predict)

# ---- Refusals come at once, in one line, and leave no files
expect_error 2 "what varies? give --sweep NAME=LO:HI" breakeven julia
expect_error 2 "which workload?" breakeven --sweep size=1:2
expect_error 2 "not a sweep" breakeven julia --sweep size --json x.json
expect_error 2 "no number called sizes; choose one of size, max-iter" \
    breakeven julia --sweep sizes=1:2
expect_error 2 "2e21 is not acceptable; threads takes a whole number from 1 to 4096" \
    breakeven julia --sweep threads=1:2e21
expect_error 2 "--sweep size=8:9: --sweep was given 2 times before, which is the most" \
    breakeven julia --sweep size=1:2 --sweep max-iter=1:9 --sweep size=8:9
expect_error 2 "--size 4x8: the sweep varies it" \
    breakeven julia --size 4x8 --sweep size=1:2 --json x.json
expect_error 2 "must grow" breakeven julia --sweep size=64:16 --svg x.svg
expect_error 2 "more than 64 values" breakeven julia --sweep size=1:1000:+1
expect_error 2 "size goes from 1 to" breakeven julia --sweep size=0:10
expect_error 2 "unstable" breakeven diffusion --sweep dt=0.1:0.4
expect_error 2 "ends at 1000, above steps 500" \
    breakeven diffusion --sweep steps-per-transfer=1:1000 --steps 500
expect_error 5 "--sweep size, at" breakeven julia --sweep size=1000:1000000000
expect_error 2 "leave nothing" breakeven julia --sweep size=1:2 --predict-only --no-predict
expect_error 2 "can only be predicted" \
    breakeven julia --sweep size=1:2 --no-predict --device-model x.json
expect_error 2 "a sweep of threads is measured" \
    breakeven julia --sweep threads=1:2 --predict-only
expect_error 2 "--sweep threads=1:4096: threads" \
    breakeven julia --sweep threads=1:4096
expect_error 2 "both set the threads" breakeven julia --sweep threads=1:2 --threads 2
expect_error 2 "name the same file" breakeven julia --sweep size=1:2 --svg x --png x
expect_error 1 "--svg: " breakeven julia --sweep size=1:2 --svg no/such/place.svg
run breakeven julia --sweep size=1:2 --device 9999 --json x.json
[ "$status" -eq 3 ] || fail "--device 9999: exit status $status, not 3"

# ---- The table, and every file at once
hurry
plots=(--svg p.svg --png p.png)
run breakeven julia "${measured[@]}" -q "${plots[@]}"
if [ "$status" -eq 5 ] && grep -q "install libcairo2-dev" "$scratch/stderr"; then
    [ -z "$(ls)" ] || fail "without cairo something was left behind"
    plots=()
fi
expect_ok breakeven julia "${measured[@]}" "${plots[@]}" --json r.json --csv r.csv --markdown r.md
for words in "^native:scalar: " "^size .*device .*footprint .*measured ms" "^16x16 *native:scalar " \
    "^64x64 *native:scalar " "^measured: native:.* wins against all others"; do
    grep -q "$words" "$scratch/stdout" || fail "the table lacks '$words'"
done
head -n 1 "$scratch/stdout" | grep -q "^Answer: " || fail "the answer is not first"
! grep -q "predicted" <(grep -v "predictions with" "$scratch/stdout") || fail "it predicts"
# Each title once, and rows in the order in which they were measured.
[ "$(grep -c "^size .*measured ms" "$scratch/stdout")" -eq 1 ] || fail "titles are repeated"
[ "$(grep -o "^[0-9]*x[0-9]* " "$scratch/stdout" | uniq | tr -d '\n')" = "16x16 32x32 64x64 " ] ||
    fail "the rows are not in the order of the values"
[ "$(wc -l <r.csv)" -eq 7 ] || fail "the CSV has $(wc -l <r.csv) lines, not 1 + 2 x 3"
grep -q "^| size " r.md || fail "the Markdown table is missing"
grep -q '"schema": "gpufare.breakeven/1"' r.json || fail "the schema is missing"
if command -v python3 >/dev/null; then
    python3 - r.json <<'PYTHON' || fail "the JSON is not what it should be"
import json, statistics, sys
report = json.load(open(sys.argv[1]))
assert [v["text"] for v in report["sweep"]["values"]] == ["16x16", "32x32", "64x64"]
assert [v["footprint_bytes"] for v in report["sweep"]["values"]] == [512, 2048, 8192]
assert len(report["devices"]) == 2 and len(report["thresholds"]) == 2
for device in report["devices"]:
    for value in device["values"]:
        measured = value["measured"]
        assert measured["status"] == "ok" and value["predicted"] is None
        assert abs(measured["median_ns"] - statistics.median(measured["samples_ns"])) < 1
kinds = [t["kind"] for t in report["thresholds"]]
assert set(kinds) <= {"always", "from", "never"}
PYTHON
fi
if [ ${#plots[@]} -gt 0 ]; then
    expect_ok png info p.png
    grep -q "1440 x 840 pixels" "$scratch/stdout" || fail "the plot's size: $(cat "$scratch/stdout")"
    if command -v python3 >/dev/null; then
        python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' p.svg ||
            fail "the SVG is not well-formed"
    fi
    expect_ok breakeven julia "${measured[@]}" --svg -
    grep -q "</svg>" "$scratch/stdout" || fail "--svg - writes no SVG"
    run breakeven julia "${measured[@]}" --png /dev/full
    [ "$status" -eq 1 ] || fail "--png /dev/full: exit status $status, not 1"
fi
[ -z "$(find . -name '.gpufare*')" ] || fail "temporary files are left"

# ---- How long it takes, where that is worth a line
run breakeven julia "${measured[@]}" --min-time 0.3
grep -q "^gpufare: measuring 3 values on 2 devices; at least 2 s$" "$scratch/stderr" ||
    fail "it does not say how long it takes: $(cat "$scratch/stderr")"

# ---- Other numbers
expect_ok breakeven prime --sweep number=1000003:2305843009213693951:x1000000 -d native:scalar \
    --repeat 1 --min-time 0 --no-predict
grep -q "^2305843009213693951 " "$scratch/stdout" || fail "a number above 2^53 is not exact"
expect_ok breakeven diffusion --sweep steps-per-transfer=1:600:x600 --size 8x8 -d native:scalar \
    --repeat 1 --min-time 0 --no-predict
grep -q "^note: steps is 600, not the default 500" "$scratch/stdout" || fail "steps were not raised"
expect_ok breakeven julia --sweep threads=1:2 --size 32x32 --max-iter 20 -d native --repeat 3 \
    --min-time 0 --csv threads.csv
grep -q "^amdahl: native:.*: serial fraction" "$scratch/stdout" || fail "there is no serial fraction"
grep -q "^note: a sweep of threads is not predicted: " "$scratch/stdout" ||
    fail "it is not said that threads are not predicted"
[ "$(wc -l <threads.csv)" -eq 3 ] || fail "the CSV of threads has $(wc -l <threads.csv) lines"
expect_ok breakeven diffusion --sweep dt=0.05:0.2 --size 8x8 --steps 4 -d native:scalar --repeat 1 \
    --min-time 0 --no-predict
grep -q "^0.05 " "$scratch/stdout" || fail "a real does not vary"

# ---- Predictions without stored profiles, and devices of a file
export XDG_CACHE_HOME=$scratch/cache
predicted=(breakeven julia "${quick[@]}" --device native --predict-only)
expect_ok "${predicted[@]}" --json once.json
grep -qE "^gpufare: measuring first .*[0-9]+ cases of julia; about [0-9]+ s$" "$scratch/stderr" ||
    fail "it does not say that it measures first"
grep -q "^predicted: \|^64x64 " "$scratch/stdout" || fail "nothing is predicted"
! grep -q "^measured: " "$scratch/stdout" || fail "--predict-only measures"
expect_ok calibrate --show --device native --quiet --json own.json
sed 's/"machine": "/"machine": "Another /' own.json >profiles.json
expect_ok "${predicted[@]}" --device-model own.json
grep -q "^note: native of the device model is this machine's own" "$scratch/stdout" ||
    fail "a device that is here is not told"
! grep -q "^model" "$scratch/stdout" || fail "a device that is here is a model, too"
expect_ok "${predicted[@]}" --device-model profiles.json
for words in "^model native:.*predicted from a profile of another machine" \
    "^note: .*none of them was measured here" "No GPU was measured"; do
    grep -q "$words" "$scratch/stdout" || fail "the report of a model lacks '$words'"
done
if [ ${#plots[@]} -gt 0 ]; then
    for file in one.svg two.svg; do
        expect_ok "${predicted[@]}" -q --device-model profiles.json --svg $file
    done
    cmp -s one.svg two.svg || fail "equal sweeps give different plots"
fi
echo '{"no": "profiles"}' >damaged.json
run "${predicted[@]}" --device-model damaged.json --json x.json
[ "$status" -eq 2 ] || fail "a damaged model: exit status $status, not 2"
[ ! -e x.json ] || fail "a damaged model: a report was written"

# ---- Ctrl-C
take_time
"$GPUFARE" breakeven julia --sweep size=64:4096 --no-predict -d native:scalar --json i.json \
    >"$scratch/stdout" 2>"$scratch/stderr" &
sleep 1
kill -INT $!
wait $!
status=$?
checks=$((checks + 1))
[ "$status" -eq 130 ] || fail "interrupted: exit status $status, not 130"
grep -q '"cut_short": "' i.json || fail "interrupted: what was measured is not in the file"
grep -q "^64x64 *native:scalar " "$scratch/stdout" || fail "interrupted: what was measured is not shown"
head -n 1 "$scratch/stdout" | grep -q "^Cut short: " || fail "interrupted: not said first"

finish
