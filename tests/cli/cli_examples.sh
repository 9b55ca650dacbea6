#!/bin/bash
# Every folder of examples/ is a user's kernel that is proved on the twin and on OpenCL devices. Its
# README has a command for a small size, which is what runs here.
tests=$(cd "$(dirname "$0")" && pwd)
. "$tests/cli.bash"

root=$(cd "$tests/../.." && pwd)
mark="small: what the tests run"
ln -s "$root/examples" examples

# small_command NAME: sets `arguments` to those of the command in the README; false if there is none.
small_command() {
    local line
    line=$(grep -h "^gpufare compare examples/$1 .*$mark\$" "examples/$1/README.md") || return 1
    read -ra arguments <<<"${line%"$mark"}"
    arguments=("${arguments[@]:1}")
}

# proved: whether the report has rows of the twin and of an OpenCL device, all of them right, by the
# twin. Drivers that can't do everything may refuse a row.
proved() {
    local rows right
    rows=$(grep -c '"variant": ' all.json)
    right=$(grep -c '"status": "ok"' all.json)
    [ -z "${REFUSALS:-}" ] || right=$((right + $(grep -c '"status": "unsupported"' all.json)))
    [ "$rows" -eq "$right" ] && grep -q '"variant": "twin"' all.json &&
        grep -q '"variant": "kernel"' all.json && ! grep -q '"independent": false' all.json
}

count=0
for folder in "$root"/examples/*/; do
    name=$(basename "$folder")
    case $name in ci | python) continue ;; esac # no kernels
    count=$((count + 1))
    for file in "$name.ini" README.md; do
        [ -s "$folder/$file" ] || fail "examples/$name has no $file"
    done
    if ! small_command "$name"; then
        fail "examples/$name/README.md: no line 'gpufare compare examples/$name ... $mark'"
        continue
    fi
    rm -f all.json
    run "${arguments[@]}" --warmup 0 --repeat 2 --min-time 0 --no-tune -q --json all.json
    [ "$status" -eq 0 ] || [ -n "${REFUSALS:-}" ] || fail "$name: exit status $status, not 0"
    proved || fail "$name is not proved: $(grep -h '"reason"' all.json | grep -v null | head -2)"
done
[ "$count" -ge 12 ] || fail "there are only $count examples"

finish
