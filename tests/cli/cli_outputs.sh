#!/bin/bash
# Files and streams: what is written where.
. "$(dirname "$0")/cli.bash"

# Little work: a device that always exists, few samples.
quick=(--device native --repeat 1 --min-time 0 --size 64x48)

# expect_file PATH MAGIC-PATTERN
expect_file() {
    [ -s "$1" ] || fail "$1 is missing or empty"
    tr -d '\0' <"$1" | grep -qa -- "$2" || fail "$1 does not look like $2"
}

expect_nothing_else() {
    local leftovers
    leftovers=$(find . -name '.gpufare*')
    [ -z "$leftovers" ] || fail "temporary files are left: $leftovers"
}

# ---- Help and version
for verb in "" devices run compare advise breakeven calibrate doctor png new "run julia" "compare diffusion"; do
    # shellcheck disable=SC2086
    expect_ok $verb --help
    grep -q "^Usage: gpufare" "$scratch/stdout" || fail "$verb --help prints no usage"
    # shellcheck disable=SC2086
    expect_ok $verb --version
    grep -qE "^gpufare [0-9]+\.[0-9]+\.[0-9]+$" "$scratch/stdout" || fail "$verb --version"
done
expect_ok run --help julia
grep -q -- "--max-iter" "$scratch/stdout" || fail "the workload's parameters are not in its help"
grep -q "default 1000x1000" "$scratch/stdout" || fail "the defaults are not in the help"
expect_ok devices --help
tr -s ' \n' ' ' <"$scratch/stdout" >"$scratch/help.txt"
grep -q "than the step should need Report:" "$scratch/help.txt" || fail "--deadline has a default of its own, not 0"
grep -q -- "--verbose print more: how each device's class is known, and what small kernels found out" \
    "$scratch/help.txt" || fail "devices -v shows something else"
# What -v is said to print is printed, and nothing where nothing is said.
for verb in calibrate doctor; do
    expect_ok $verb --help
    grep -q -- "--verbose  *no effect" "$scratch/stdout" || fail "$verb --help says that -v prints more"
done
for verb in run compare; do
    expect_ok $verb --help
    tr -s ' \n' ' ' <"$scratch/stdout" | grep -q -- "--verbose print more: [^-]*the least and the most of every phase" ||
        fail "$verb --help does not say what -v prints"
    run $verb julia "${quick[@]}" -v
    grep -q "^gpufare: device native" "$scratch/stderr" || fail "$verb -v does not say which device runs"
    grep -q "^Every phase, in ms" "$scratch/stdout" || fail "$verb -v does not show every phase"
    expect_ok $verb julia "${quick[@]}"
    ! grep -q "^Every phase, in ms" "$scratch/stdout" || fail "$verb shows every phase without -v"
done
run calibrate --show
cp "$scratch/stdout" "$scratch/plain"
run calibrate --show -v
cmp -s "$scratch/stdout" "$scratch/plain" || fail "calibrate -v has an effect"
run doctor
sed 's/[0-9].*//' "$scratch/stdout" | cut -c 7- >"$scratch/plain"
run doctor -v
sed 's/[0-9].*//' "$scratch/stdout" | cut -c 7- | cmp -s - "$scratch/plain" || fail "doctor -v has an effect"

# ---- Every file at once
expect_ok run julia "${quick[@]}" -o p.png --npy a.npy --json r.json --csv r.csv --markdown r.md
expect_file p.png PNG
expect_file a.npy NUMPY
expect_file r.json '"schema"'
expect_file r.csv device
expect_file r.md '|'
[ -s "$scratch/stdout" ] || fail "the table is missing on stdout"
head -n 1 "$scratch/stdout" | grep -q "^Verdict: " || fail "the verdict is not first"
grep -q "asked for as native" "$scratch/stdout" || fail "the reason is missing"
expect_nothing_else

# Options before the workload, abbreviations, and letters that mean different parameters.
expect_ok run -q "${quick[@]}" --max-it 20 julia
expect_ok run -q "${quick[@]}" -n 20 julia
expect_ok run -q "${quick[@]}" -n 3 diffusion
[ ! -s "$scratch/stdout" ] || fail "--quiet prints"

# ---- An older file is replaced, in place and with its permissions
echo old >old.json
chmod 600 old.json
expect_ok run julia "${quick[@]}" -q --json old.json
expect_file old.json '"schema"'
[ "$(stat -c %a old.json)" = 600 ] || fail "the permissions changed"
# A missing device leaves the file as it is.
echo old >old.json
run run julia --device 9999 --json old.json
[ "$(cat old.json)" = old ] || fail "a failed run changed the old file"

# ---- Streams: stdout carries one file and nothing else
for option in json csv markdown npy output divergence-map; do
    case $option in
    json) magic='^{' ;;
    csv) magic='^workload,' ;;
    markdown) magic='|' ;;
    npy) magic='NUMPY' ;;
    output | divergence-map) magic='PNG' ;;
    esac
    expect_ok run julia "${quick[@]}" --$option -
    expect_file "$scratch/stdout" "$magic"
    ! grep -qa "^Verdict: " "$scratch/stdout" || fail "--$option -: the table is on stdout too"
done
expect_ok run julia "${quick[@]}" -o -
cp "$scratch/stdout" streamed.png
cmp -s streamed.png p.png || fail "the picture on stdout differs from the one in a file"
if command -v python3 >/dev/null; then
    expect_ok run julia "${quick[@]}" --json -
    python3 -m json.tool "$scratch/stdout" >/dev/null || fail "the JSON on stdout is not valid"
fi

# ---- A full disk: /dev/full fails at the first byte
for option in json csv markdown npy output divergence-map; do
    run run julia "${quick[@]}" --$option /dev/full
    [ "$status" -eq 1 ] || fail "--$option /dev/full: exit status $status, not 1"
done
for arguments in "--help" "devices --help" "run julia --help" "--version" "devices" \
    "png info p.png" "png diff p.png p.png" "run julia ${quick[*]}" "run julia ${quick[*]} --csv -"; do
    # shellcheck disable=SC2086
    "$GPUFARE" $arguments >/dev/full 2>"$scratch/stderr"
    status=$?
    checks=$((checks + 1))
    [ "$status" -eq 1 ] || fail "$arguments >/dev/full: exit status $status, not 1"
    [ "$(wc -l <"$scratch/stderr")" -eq 1 ] || fail "$arguments >/dev/full: not one line on stderr"
done

# ---- A reader that closes the pipe gets no message
for arguments in "--help" "run julia --help" "run julia ${quick[*]}" "run julia ${quick[*]} -o -"; do
    # shellcheck disable=SC2086
    { sleep 0.2; "$GPUFARE" $arguments 2>"$scratch/stderr"; echo $? >"$scratch/status"; } | true
    checks=$((checks + 1))
    [ ! -s "$scratch/stderr" ] || fail "$arguments: a closed pipe is complained about"
    [ "$(cat "$scratch/status")" -ne 0 ] || fail "$arguments: a closed pipe is no failure"
done

# ---- compare: pictures of every device
expect_ok compare julia --device native:scalar,native --repeat 1 --min-time 0 --size 50x40 \
    --out-dir pictures
[ "$(find pictures -name 'julia-native-*.png' | wc -l)" -ge 1 ] || fail "pictures are missing"
expect_file pictures/julia-native-scalar.png PNG
for picture in pictures/*.png; do
    expect_ok png diff "$picture" pictures/julia-native-scalar.png
done
expect_ok compare julia --device native:scalar --repeat 1 --min-time 0 --size 50x40
[ -z "$(find . -maxdepth 1 -name 'julia*')" ] || fail "a picture was written that nobody asked for"

# ---- Frames
expect_ok run diffusion "${quick[@]}" --steps 6 --frames-every 2 --out-dir frames/
[ "$(ls frames)" = "$(printf 'diffusion-00000%d.png\n' 2 4 6)" ] || fail "frames: $(ls frames)"
expect_ok run diffusion "${quick[@]}" --steps 6 -q --npy field.npy
expect_ok run diffusion "${quick[@]}" --steps 6 -q --init field.npy

# ---- The divergence map: one colour for each group; shuffled pixels change it, not the picture
expect_ok run julia "${quick[@]}" -q --divergence-map map.png -o ordered.png --lane-group 8x4
expect_ok run julia "${quick[@]}" -q --divergence-map shuffled.png -o same.png --inputs shuffled
expect_ok png diff ordered.png same.png
run png diff map.png shuffled.png
[ "$status" -eq 4 ] || fail "the divergence map does not change with the order"
expect_ok png info map.png
grep -q "64 x 48 pixels, RGB" "$scratch/stdout" || fail "the divergence map has another size"

# ---- png
expect_ok png info p.png pictures/julia-native-scalar.png
grep -q "p.png: 64 x 48 pixels, RGB, 3 channels of 8 bits" "$scratch/stdout" || fail "png info"
grep -q "Software: gpufare" "$scratch/stdout" || fail "png info shows no text"
# A text whose keyword and value would have a terminal do things.
{
    head -c 33 p.png
    printf '\000\000\000\013tEXta\033\1332J\000b\033\1330m\233\352\367\254'
    tail -c +34 p.png
} >text.png
expect_ok png info text.png
grep -qF '  a?[2J: b?[0m' "$scratch/stdout" || fail "png info prints control characters"
# The same picture as the first of an animation: the header, a chunk for 3 frames, the rest.
{
    head -c 33 p.png
    printf '\000\000\000\010acTL\000\000\000\003\000\000\000\000\316\355\272\300'
    tail -c +34 p.png
} >animation.png
expect_ok png info animation.png
grep -q "animation: 3 frames, of which gpufare reads the first" "$scratch/stdout" ||
    fail "png info shows no animation"
rm animation.png text.png
expect_ok run julia "${quick[@]}" -q --max-iter 30 -o other.png
run png diff p.png other.png -o difference.png
[ "$status" -eq 4 ] || fail "png diff of different files: exit status $status, not 4"
[ ! -s "$scratch/stderr" ] || fail "png diff: text on stderr"
grep -q "^different: [0-9]* of 3072 pixels" "$scratch/stdout" || fail "png diff counts nothing"
expect_file difference.png PNG
expect_ok run julia --device native --repeat 1 --min-time 0 --size 65x48 -q -o wider.png
expect_error 2 "64 x 48 and 65 x 48" png diff p.png wider.png
head -c 300 p.png >cut.png
expect_error 1 "ends too early" png info cut.png

# ---- Colour only as asked for
expect_ok run julia "${quick[@]}" --color never
! grep -q $'\033' "$scratch/stdout" || fail "--color never has escape sequences"
expect_ok run julia "${quick[@]}"
! grep -q $'\033' "$scratch/stdout" || fail "colour goes to a file"
expect_ok run julia "${quick[@]}" --color always --csv c.csv
! grep -q $'\033' c.csv || fail "--color always colours a file"
# Green, or yellow on a busy machine.
grep -q $'^\033\[3[23]mnative' "$scratch/stdout" || fail "--color always does not mark the device"

# ---- Width: whole lines for files and pipes; a terminal, or COLUMNS, has them folded
# widest: the most characters of a line on stdout.
widest() {
    wc -L <"$scratch/stdout"
}
expect_ok run julia "${quick[@]}"
[ "$(widest)" -gt 110 ] || fail "a table for a file is folded"
COLUMNS=100 expect_ok run julia "${quick[@]}" --markdown w.md
[ "$(widest)" -le 100 ] || fail "COLUMNS=100: a line has $(widest) characters"
[ "$(grep -c "^device " "$scratch/stdout")" -gt 2 ] || fail "COLUMNS=100: no table is folded"
[ "$(wc -L <w.md)" -gt 110 ] || fail "COLUMNS=100: the Markdown is folded"
for columns in 0 -5 x 1000000; do
    COLUMNS=$columns expect_ok run julia "${quick[@]}"
    [ "$(widest)" -gt 110 ] || fail "COLUMNS=$columns counts as a width"
done
rm w.md c.csv
if command -v script >/dev/null; then
    checks=$((checks + 1))
    TERM=xterm script -qec "stty cols 100; '$GPUFARE' run julia ${quick[*]}" "$scratch/typescript" \
        >/dev/null </dev/null
    tr '\r' '\n' <"$scratch/typescript" | sed 's/\x1b\[[0-9;]*[mK]//g' | grep -v "^Script " >"$scratch/stdout"
    [ "$(widest)" -le 100 ] || fail "a terminal of 100 columns gets a line of $(widest)"
    grep -q "^Verdict: " "$scratch/stdout" || fail "a terminal gets no report"
fi

# ---- Meanings of columns
expect_ok run julia "${quick[@]}" --explain
grep -qE "^  fare +share of the total" "$scratch/stdout" || fail "--explain does not explain the fare"

expect_nothing_else
finish
