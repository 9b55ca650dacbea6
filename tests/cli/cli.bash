# Helpers of the black-box tests of the tool, to be sourced; $GPUFARE is the tool. Each test works in a
# scratch directory of its own, the current one, and ends with `finish`.

set -u
: "${GPUFARE:?is the path of the tool}"

scratch=$(mktemp -d) || exit 1
trap 'cd / && rm -rf "$scratch"' EXIT
mkdir "$scratch/work" && cd "$scratch/work" || exit 1

failures=0
checks=0

# fail TEXT...: counts a failure and shows the tool's output.
fail() {
    failures=$((failures + 1))
    echo "FAILED: $*"
    sed 's/^/    stderr: /' "$scratch/stderr" | head -5
}

# run ARGUMENT...: runs the tool; sets status and elapsed_ms; stdout and stderr go to files.
run() {
    local start end
    start=$(date +%s%N)
    "$GPUFARE" "$@" >"$scratch/stdout" 2>"$scratch/stderr"
    status=$?
    end=$(date +%s%N)
    elapsed_ms=$(((end - start) / 1000000))
    checks=$((checks + 1))
}

# expect_error STATUS WORDS ARGUMENT...: the tool refuses with this exit status, with one line on
# stderr that contains the words, nothing on stdout and nothing left in the current directory.
slowest_ms=0
limit_ms=500 # 50 ms are promised; this test may share the machine
slower=${SLOWER:-1} # by what watches the tool, a sanitizer, or runs beside it
expect_error() {
    local want=$1 words=$2 before
    shift 2
    before=$(ls -A)
    run "$@"
    [ "$status" -eq "$want" ] || fail "$*: exit status $status, not $want"
    [ "$(wc -l <"$scratch/stderr")" -eq 1 ] || fail "$*: stderr is not one line"
    grep -q "^gpufare: " "$scratch/stderr" || fail "$*: no message of gpufare's"
    grep -qF -- "$words" "$scratch/stderr" || fail "$*: the message lacks '$words'"
    [ ! -s "$scratch/stdout" ] || fail "$*: there is text on stdout"
    [ "$(ls -A)" = "$before" ] || fail "$*: something was left behind: $(ls -A)"
    [ "$elapsed_ms" -lt $((limit_ms * slower)) ] || fail "$*: took $elapsed_ms ms"
    [ "$elapsed_ms" -le "$slowest_ms" ] || slowest_ms=$elapsed_ms
}

# hurry: from here on the tool's clock runs ten times as fast, so that what measures for a given time
# ends sooner; for tests that judge no time. AddressSanitizer must be loaded first, so not with it.
hurry() {
    [ -n "${ASAN_OPTIONS-}" ] || [ -z "${FAST_CLOCK_LIBRARY-}" ] ||
        export LD_PRELOAD=$FAST_CLOCK_LIBRARY FAST_CLOCK=10
}

# take_time: the clock of `hurry` runs as usual again.
take_time() {
    unset LD_PRELOAD FAST_CLOCK
}

# expect_ok ARGUMENT...: the tool succeeds and prints nothing on stderr, except what it measures first,
# and for how long.
expect_ok() {
    run "$@"
    [ "$status" -eq 0 ] || fail "$*: exit status $status, not 0"
    ! grep -Eqv "^gpufare: (measuring first|calibrating|the stored profile) " "$scratch/stderr" ||
        fail "$*: there is text on stderr"
}

# says WORDS: stdout contains them.
says() {
    grep -qF -- "$1" "$scratch/stdout" || fail "stdout lacks '$1'"
}

# expect_json SCHEMA FILE RULE...: the file is such a document, and the rules hold ($CHECK_JSON).
expect_json() {
    local output
    output=$("$CHECK_JSON" "$@" 2>&1) || fail "$2: $output"
}

# refusal WHAT: when a driver is tested that can't do everything ($REFUSALS is set), and the tool has
# just refused a problem on its device, counts that and says so. False otherwise.
refusals=0
refusal() {
    [ -n "${REFUSALS:-}" ] && [ "$status" -eq 5 ] || return 1
    refusals=$((refusals + 1))
    echo "refused: $1: $(head -n 1 "$scratch/stderr")"
}

# opencl_precision: the options with which the CPU's OpenCL driver computes, where a test is not about
# arithmetic: none, unless that driver can't do everything and has no f64.
opencl_precision() {
    [ -z "${REFUSALS:-}" ] || "$GPUFARE" run sum --count 1 --device cpu --repeat 1 --min-time 0 --no-tune -q 2>/dev/null ||
        echo --precision f32 --math relaxed
}

# skip_without_layer: ends the test where there is no layer of faults, or no driver below it.
skip_without_layer() {
    if [ -z "${LAYER:-}" ] || [ ! -e "$LAYER" ]; then
        echo "skipped: the layer was not built (Debian: opencl-c-headers)"
        exit 77
    fi
    if ! "$GPUFARE" devices --csv - | grep -q "opencl-cpu"; then
        echo "skipped: no OpenCL device of type CPU"
        exit 77
    fi
}

# skip_without_f64: ends the test, which computes in f64, where a driver is tested that has none.
skip_without_f64() {
    [ -n "${REFUSALS:-}" ] || return 0
    "$GPUFARE" run sum --count 1 -d 0:0 --repeat 1 --min-time 0 --no-tune -q >/dev/null 2>"$scratch/stderr" && return
    ! grep -q "has no f64" "$scratch/stderr" || { echo "skipped: 0:0 has no f64" && exit 77; }
}

# finish: the verdict of the test.
finish() {
    [ "$refusals" -eq 0 ] || echo "$refusals problems were refused by this driver"
    echo "$checks runs of the tool, $failures failures"
    [ "$failures" -eq 0 ] || exit 1
    exit 0
}
