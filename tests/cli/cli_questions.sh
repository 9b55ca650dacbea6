#!/bin/bash
# docs/questions.md has twenty questions, each with one command. The tool takes each of them; what
# would run for long runs here once, on the native path.
tests=$(cd "$(dirname "$0")" && pwd)
. "$tests/cli.bash"

page=$(cd "$tests/../.." && pwd)/docs/questions.md
export XDG_CACHE_HOME=$scratch/cache
quick=(-r 1 --min-time 0 --no-tune --no-watch --device native:scalar)

# What the page's commands read: two reports of one problem.
"$GPUFARE" run julia "${quick[@]}" --size 9x9 -q --json old.json || fail "no report to compare"
cp old.json new.json

# shortened VERB: sets `more` to options that make a command short, and `allowed` to the exit statuses
# that are right. The page shows a problem that is too large (5) and a regression (6).
shortened() {
    more=() allowed="0"
    case $1 in
    run) more=("${quick[@]}") allowed="0 5" ;;
    compare) more=("${quick[@]}") ;;
    advise) more=(--device native:scalar --budget 0.5) ;;
    breakeven) more=(-r 1 --min-time 0 --no-tune --no-watch --no-predict --device native) ;;
    check) more=(--help) ;; # it needs a simulator
    diff) allowed="0 6" ;;
    doctor) allowed="0 3" ;;
    calibrate) more=(--device native --show) ;;
    esac
}

# accept LINE: the tool takes the command. Variables may stand before it.
accept() {
    local words variables=()
    read -ra words <<<"$1"
    while [[ ${words[0]} == *=* ]]; do
        variables+=("${words[0]}")
        words=("${words[@]:1}")
    done
    [ "${words[0]}" = gpufare ] || return 1
    shortened "${words[1]:-}"
    env "${variables[@]}" "$GPUFARE" "${words[@]:1}" "${more[@]}" >"$scratch/stdout" 2>"$scratch/stderr"
    status=$?
    checks=$((checks + 1))
    [[ " $allowed " == *" $status "* ]] || fail "$1: exit status $status"
    [ "$status" -eq 5 ] || [ -s "$scratch/stdout" ] || fail "$1: nothing is shown"
}

questions=$(grep -c "^## .*?$" "$page")
[ "$questions" -eq 20 ] || fail "there are $questions questions, not 20"
mapfile -t commands < <(sed -n 's/^\$ //p' "$page")
[ ${#commands[@]} -eq "$questions" ] || fail "there are ${#commands[@]} commands for $questions questions"
for command in "${commands[@]}"; do
    case $command in
    "cmake --install build --prefix "*) ;; # tests/build installs
    *) accept "$command" || fail "$command: no command of gpufare" ;;
    esac
done
finish
