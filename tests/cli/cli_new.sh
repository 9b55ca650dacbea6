#!/bin/bash
# A new kernel to start from: its files compile, and nothing is left of what is refused.
. "$(dirname "$0")/cli.bash"

# ---- Refused
expect_error 2 "new: which name? give one" new
expect_error 2 "more: unexpected argument; new takes one name" new one more
expect_error 2 "my-kernel is no C name; use letters" new my-kernel
expect_error 2 "2nd is no C name" new 2nd
expect_error 2 "kernel is a word of C or OpenCL C; choose another name" new kernel
expect_error 2 "an empty name is no C name" new ""
expect_error 2 "is longer than 31 characters; shorten it" new abcdefghijklmnopqrstuvwxyz0123456
expect_error 2 "--directory: empty; give" new x --directory ""
expect_error 2 "did you mean --directory" new x --directori d
expect_error 1 "cannot make none/x (choose a directory that you may write to)" new x --directory none/x
mkdir there
expect_error 2 "there is there already; choose another name or directory" new there
expect_error 2 "there is there already" new x --directory there/
touch file
expect_error 2 "file is there already" new file
[ -z "$(ls -A there)" ] || fail "an existing directory was filled"
rm -r there file

# ---- Made
expect_ok new blur
[ "$(ls -A)" = blur ] || fail "new made something else: $(ls -A)"
[ "$(ls -A blur | tr '\n' ' ')" = "blur.c blur.cl blur.ini " ] || fail "new made $(ls -A blur)"
grep -q "^next: gpufare compare ./blur$" "$scratch/stdout" || fail "new does not say what comes next"
! grep -rq saxpy blur || fail "the name is not replaced everywhere"
expect_error 2 "blur is there already" new blur

expect_ok new sharpen --directory "two words/" --quiet
[ ! -s "$scratch/stdout" ] || fail "--quiet prints something"
[ -f "two words/sharpen.ini" ] || fail "--directory is not obeyed"
expect_ok new sharpen --directory "$PWD/three words"
! grep -q "^next" "$scratch/stdout" || fail "a path is printed that no shell takes"

"$GPUFARE" new full >/dev/full 2>"$scratch/stderr"
status=$?
[ "$status" -eq 1 ] || fail "stdout is full: exit status $status, not 1"

# ---- The files compile
for name in blur/blur "two words/sharpen"; do
    ${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Werror -c "$name.c" -o twin.o ||
        fail "$name.c does not compile"
    command -v clang >/dev/null || continue
    for version in CL1.2 CL2.0 CL3.0; do
        clang -x cl "-cl-std=$version" -Xclang -finclude-default-header -Wall -Wextra -Werror \
            -fsyntax-only "$name.cl" || fail "$name.cl does not compile as $version"
    done
done

finish
