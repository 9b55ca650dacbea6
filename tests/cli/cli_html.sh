#!/bin/bash
# HTML reports and timelines of the real tool: an XML parser reads the pages, their numbers are those of
# JSON, they need nothing else, and nothing in them runs.
. "$(dirname "$0")/cli.bash"
: "${CHECK_PAGE:?is the path of the checker}" "${CHECK_TIMELINE:?is the checker of timelines}"

quick=(--repeat 2 --min-time 0 --no-watch --no-tune -q)

# check PAGE [REPORT]: the page alone, and against the JSON report.
check() {
    local output
    checks=$((checks + 1))
    output=$(python3 "$CHECK_PAGE" "$@" 2>&1) || fail "$output"
}

# timeline NAME: NAME.trace against NAME.json.
timeline() {
    local output
    checks=$((checks + 1))
    output=$(python3 "$CHECK_TIMELINE" "$1.trace" "$1.json" 2>&1) || fail "$1.trace: $output"
}

# has FILE WORDS...: each is in the file.
has() {
    local file=$1 words
    shift
    for words in "$@"; do
        grep -qF -- "$words" "$file" || fail "$file lacks '$words'"
    done
}

hurry
export XDG_CACHE_HOME=$scratch/cache
# ---- Pages beside JSON
expect_ok compare julia -d native:scalar,native "${quick[@]}" --size 160x120 --json c.json --html c.html --trace c.trace
check c.html c.json
has c.html "How it was made" "gpufare compare julia" ">Checklist</h2>" "data:image/png;base64," \
    "equal in every pixel" "Divergence in groups of" "<h2 id=\"s1\">Verdict</h2>" "prefers-color-scheme"
expect_ok run diffusion -d native "${quick[@]}" --size 64x48 --steps 20 --json r.json --html r.html --trace r.trace
check r.html r.json
timeline c
timeline r
expect_ok run sum -d native:scalar "${quick[@]}" --count 1000 --json s.json --html s.html
check s.html s.json
! grep -q "<img" s.html || fail "a sum has a picture"
expect_ok breakeven julia -d native:scalar,native --sweep size=16:64 --max-iter 20 --repeat 2 --min-time 0 --no-watch \
    --no-predict -q --json b.json --html b.html
check b.html b.json
has b.html "Both axes are logarithmic" "<path class=\"curve d0\""
expect_ok breakeven julia -d native:scalar,native --sweep size=16:32 --sweep max-iter=8:16 --repeat 2 --min-time 0 \
    --no-watch --no-predict -q --html l.html
check l.html
expect_ok advise prime --number 1000006000009 -d native:scalar,native --device-model rtx-4060 --budget 600 -q \
    --json a.json --html a.html
check a.html a.json
run trace -q --json t.json --html t.html -- sh -c ': "</title><script>alert(1)</script>"; exit 3'
[ "$status" -eq 3 ] || fail "the traced program's exit status is $status"
check t.html t.json
has t.html "&lt;script&gt;alert(1)&lt;/script&gt;"
! grep -q "<script" t.html || fail "a script of a traced program is in the page"

# ---- What has changed
expect_ok compare julia -d native:scalar,native "${quick[@]}" --size 160x120 --baseline c.json --fail-above 10000% --html d.html
check d.html
has d.html "<h2 id=\"s1\">Verdict</h2>" "Changes of julia</h2>" "Without any change none of"

# ---- In words, where nothing else goes to stdout; refused before any work
expect_ok compare julia -d native "${quick[@]}" --size 16x16 --html -
cp "$scratch/stdout" out.html
check out.html
rm -f ./*
expect_error 2 "name the same file" compare julia --html x --json x
expect_error 2 "both ask for stdout" run julia --html - --trace -
expect_error 1 "--html: " run julia --html no/such/place.html
expect_error 1 "--trace: " run julia --trace no/such/place.json
expect_error 1 "/dev/full (make room or choose another path): No space" run julia --html /dev/full
expect_error 2 "stdout is the program's" trace --html - -- true

finish
