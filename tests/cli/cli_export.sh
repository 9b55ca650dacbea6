#!/bin/bash
# Thresholds for a program of the user's own: the files, what a program makes of them, refusals; and
# sweeps along a second one.
. "$(dirname "$0")/cli.bash"

read -ra precision < <(opencl_precision)
once=(--min-time 0 --repeat 3 --no-predict --no-watch --no-tune -q)
quick=("${once[@]}" "${precision[@]}")
devices=(-d native:scalar,0:0)
sweep=(--sweep size=8:64:x8 --max-iter 20)

# program CHECK...: compiles a program that includes place.h and holds all conditions, and runs it.
program() {
    checks=$((checks + 1))
    {
        printf '#include <stdio.h>\n#include "place.h"\nint main(void) {\n'
        printf '    if (!(%s)) { puts("false"); return 1; }\n' "$@"
        printf '    return 0;\n}\n'
    } >program.c
    ${CC:-cc} -std=c99 -Wall -Wextra -Wpedantic -Wconversion -Werror -o program program.c -lm \
        2>"$scratch/stderr" || {
        fail "the header does not compile"
        return
    }
    ./program >"$scratch/stderr" || fail "the program says false: $*"
}

# ---- Refusals come before any measurement, in one line, and leave no files
expect_error 2 "place.h is no C name" breakeven julia "${sweep[@]}" --export place.h
expect_error 2 "--export while: while is a word of C" breakeven julia "${sweep[@]}" --export while
expect_error 2 "the name behind the folder is no C name" breakeven julia "${sweep[@]}" --export ./
expect_error 1 "--export: cannot write no/place.json" breakeven julia "${sweep[@]}" --export no/place
expect_error 2 "leave --predict-only out" \
    breakeven julia "${sweep[@]}" --export place --predict-only
expect_error 2 "--export place: writes place.json, as another option does" \
    breakeven julia "${sweep[@]}" --export place --json ./place.json
expect_error 2 "a sweep of threads compares no devices" \
    breakeven julia --sweep threads=1:2 --size 8x8 --export place -d native "${quick[@]}"
expect_error 2 "only that takes part; choose both" \
    breakeven julia "${sweep[@]}" --export place -d native "${quick[@]}"
expect_error 2 "--sweep was given 2 times before, which is the most; remove one" \
    breakeven julia --sweep size=1:2 --sweep max-iter=1:9 --sweep size=8:9
expect_error 2 "--sweep size: two sweeps vary it" \
    breakeven julia --sweep size=1:2 --sweep size=8:9 --export place
expect_error 2 "threads: varies alone" breakeven julia --sweep size=1:2 --sweep threads=1:2
expect_error 2 "max-iter 9: the sweep varies it" \
    breakeven julia --sweep size=1:2 --sweep max-iter=1:9 --max-iter 9
expect_error 2 "must grow" breakeven julia --sweep size=8:16 --sweep max-iter=9:1 --svg x.svg
expect_error 5 "max-iter 4: " breakeven julia --sweep size=8:1000000000:x100000000 --sweep max-iter=4:8

# ---- A built-in workload
run run julia --size 8x8 -d 0:0 --min-time 0 --no-tune -q "${precision[@]}"
if [ "$status" -eq 5 ]; then # some versions of Mesa can't compile fma()
    echo "skipped: 0:0 can't run julia"
    [ $failures -gt 0 ] || exit 77
    finish
fi
run devices --json all.json -q
device=$(sed -n '/"id": "0:0"/,/"simd"/p' all.json)
name=$(sed -n 's/.*"name": "\(.*\)",/\1/p' <<<"$device")
driver=$(sed -n 's/.*"driver": "\(.*\)",/\1/p' <<<"$device")
mkdir folder
expect_ok breakeven julia "${sweep[@]}" "${devices[@]}" "${quick[@]}" --export folder/place
[ "$(ls folder)" = "place.h
place.json" ] || fail "the folder has $(ls folder)"
mv folder/place.h folder/place.json .
grep -q '"schema": "gpufare.threshold/1"' place.json || fail "the schema is missing"
program "PLACE_FROM == 8 && PLACE_TO == 64" "place_fits(\"$name\", \"$driver\")" \
    "!place_fits(\"$name\", \"$driver.1\") && !place_fits(\"Another\", \"$driver\")" \
    "place_fits_cpu(PLACE_CPU, PLACE_CPU_THREADS)" \
    "place_in_range(64) && !place_in_range(65) && PLACE_BUILD_NS > 0"
# The header says of each measured value what the report says.
expect_ok breakeven julia --sweep size=8:256 --max-iter 200 "${devices[@]}" "${quick[@]}" \
    --export place --csv r.csv
while IFS=, read -r value winner; do
    program "place_on_device($value) == $([ "$winner" = device ] && echo 1 || echo 0)"
done < <(awk -F, 'NR > 1 { side = $2 == "native" ? "cpu" : "device"
        if (!($7 in best) || $10 < best[$7]) { second[$7] = best[$7]; best[$7] = $10; who[$7] = side }
        else second[$7] = $10 }
    END { for (value in best) if (second[value] > 1.2 * best[value]) print value "," who[value] }' r.csv)

# ---- Files that are there are replaced together, or stay
echo old >place.h
echo old >place.json
expect_ok breakeven julia "${sweep[@]}" "${devices[@]}" "${quick[@]}" --export place
! grep -qx old place.h place.json || fail "old files were not replaced"
[ -z "$(find . -name '*.gpufare*' -o -name '.gpufare*')" ] || fail "temporary files are left"

# ---- A kernel of the user's own
expect_ok new saxpy
expect_ok breakeven ./saxpy --sweep n=1000:100000:x10 -d native:twin,0:0 "${once[@]}" --export place
program "PLACE_FROM == 1000 && PLACE_TO == 1e5" "place_in_range(5e4)"
grep -q "^ \* workload   saxpy, a 2.5$" place.h || fail "the header does not say what was measured"

# ---- Nothing that is not right is exported
cp place.h before.h
sed -i 's/a \* x/2 * a * x/' saxpy/saxpy.cl
run breakeven ./saxpy --sweep n=1000:100000:x10 -d native:twin,0:0 "${once[@]}" --export place
[ "$status" -eq 4 ] || fail "a wrong kernel: exit status $status, not 4"
cmp -s place.h before.h || fail "a wrong kernel: the header was written"

# ---- Two sweeps
plots=(--svg lines.svg)
run breakeven julia --sweep size=8:16 --svg x.svg "${devices[@]}" "${quick[@]}"
[ "$status" -ne 5 ] || plots=()
expect_ok breakeven julia --sweep size=8:64:x8 --sweep max-iter=10:1000:x10 "${devices[@]}" \
    "${quick[@]}" --export place --json l.json --csv l.csv --markdown l.md "${plots[@]}"
program "PLACE_LINES == 3 && PLACE_M_FROM == 10 && PLACE_M_TO == 1000" \
    "place_in_range(20, 20) && !place_in_range(20, 9) && !place_in_range(7, 20)" \
    "place_on_device(30, 10) == place_on_device(30, 1)" \
    "place_on_device(30, 1000) == place_on_device(30, 1e6)"
[ "$(wc -l <l.csv)" -eq 13 ] || fail "the CSV has $(wc -l <l.csv) lines, not 1 + 3 x 2 x 2"
head -1 l.csv | grep -q ",along_parameter,along_value$" || fail "the CSV does not name the line"
[ "$(grep -c ",max-iter,100$" l.csv)" -eq 4 ] || fail "the CSV does not tell the lines apart"
grep -q '"schema": "gpufare.breakeven-lines/1"' l.json || fail "the schema of lines is missing"
[ "$(grep -c '"schema": "gpufare.breakeven/1"' l.json)" -eq 3 ] || fail "not all lines are in the JSON"
[ "$(grep -c "^## max-iter 10*$" l.md)" -eq 3 ] || fail "not all lines are in the Markdown"
[ ${#plots[@]} -eq 0 ] || grep -q "</svg>" lines.svg || fail "there is no plot of the lines"
quick=("${quick[@]/-q/--no-watch}")
expect_ok breakeven julia --sweep size=8:64:x8 --sweep max-iter=10:1000:x10 "${devices[@]}" "${quick[@]}"
grep -q "^max-iter 100$" "$scratch/stdout" || fail "the lines have no headings"
grep -q "^device  *max-iter  *basis  *wins" "$scratch/stdout" || fail "there is no table of thresholds"

finish
