#!/bin/bash
# Users' kernels with a mistake that needs no compiler to find: each is refused at once, with one line
# that names the manifest's line and says what to write instead.
tests=$(cd "$(dirname "$0")" && pwd)
. "$tests/cli.bash"

expect_ok new saxpy

# FILE|LINE|REMEDY|EDIT: sed's edit of saxpy.FILE, as `gpufare new saxpy` makes it. The lines are those
# of saxpy.ini after the edit.
rows=$(
    cat <<'END'
ini|16|expression ends where a number or a name should be|s/^default = 1 << 22/default = 1 <</
ini|16|write a number|s/^default = 1 << 22/default = n/
ini|16|give a whole number from 1 to 268435456, or another |s/^default = 1 << 22/default = -4/
ini|16|give a whole number from 1 to 1, or another min or m|s/^max = 1 << 28/max = 1/
ini|17|its keys are: type, default, min, max, unit, help|s/^max = 1 << 28/maximum = 9/
ini|22|write a number|s/^default = 2.5/default = fast/
ini|21|choose another name|s/^\[parameter a\]/[parameter int]/
ini|35|add [parameter a], or list what it takes: arguments |s/^\[parameter a\]/[parameter b]/
ini|21|write [parameter NAME]|s/^\[parameter a\]/[parameter]/
ini|32|add [parameter a], or list what it takes: arguments |/^\[parameter a\]/,/^help/d
ini|35|give 1 to 3 expressions, separated by commas|s/^global = n .*//
ini|36|did you mean global?|s/^global = n /globl = n /
ini|36|add [steps] with count = ...|s/^global = n /global = n + step /
ini|36|give at most 3|s/^global = n /global = n, n, n, n /
ini|36|it must be at least 1|s/^global = n /global = n - n /
ini|36|define [parameter m], or write a number|s/^global = n /global = local_z * m /
ini|37|remove it|s/^local = [0-9]*,/local = 64,,/
ini|37|give as many, such as 64|s/^local = [0-9]*,/local = 64x2,/
ini|37|it must be at least 1|s/^local = [0-9]*,/local = 0,/
ini|35|did you mean [kernel]?|s/^\[kernel\]/[kernal]/
ini|35|it has saxpy, so write [kernel saxpy]|s/^\[kernel\]/[kernel other]/
ini|36|correct the name of the file|s/^\[kernel\]/[kernel]\nfile = nothing.cl/
ini|36|name each one|s/^\[kernel\]/[kernel]\narguments = n, a, x/
ini|36|add [buffer z]|s/^\[kernel\]/[kernel]\narguments = n, a, x, z/
ini|41|it has saxpy, so write [twin saxpy]|s/^\[twin\]/[twin other]/
ini|42|correct the name of the file|s/^\[twin\]/[twin]\nfile = nothing.c/
ini|42|give each or all|s/^\[twin\]/[twin]\nsteps = some/
ini|42|it must be at least 1|s/^\[twin\]/[twin]\nrange = 0/
ini|42|there is one at most, so join them|s/^\[twin\]/[twin]\n[twin]/
ini|26|use letters, digits and _, with a letter first|s/^\[buffer x\]/[buffer 2x]/
ini|30|choose another name|s/^\[buffer y\]/[buffer x]/
ini|30|choose another name|s/^\[buffer y\]/[buffer n]/
ini|31|give in, out, inout or scratch|s/^\[buffer y\]/[buffer y]\naccess = up/
ini|26|write access = out or inout in one|s/^\[buffer y\]/[buffer y]\naccess = in/
ini|31|give char, uchar, short, ushort, int, uint, long, ul|s/^\[buffer y\]/[buffer y]\ntype = real/
ini|31|give both one type|s/^\[buffer y\]/[buffer y]\ntype = double/
ini|27|define [parameter m], or write a number|s/^shape = n/shape = m/
ini|27|expression ends where a number or a name should be|s/^shape = n/shape = n \*/
ini|27|it must be at least 1|s/^shape = n/shape = n - 9999999/
ini|26|give 1 to 3 expressions, separated by commas|s/^shape = n//
ini|28|did you mean uniform?|s/^begin = uniform(-1, 1)/begin = unifrm(-1, 1)/
ini|28|exchange them|s/^begin = uniform(-1, 1)/begin = uniform(1, -1)/
ini|28|write it with numpy.save, beside the manifest|s/^begin = uniform(-1, 1)/begin = values.npy/
ini|28|write type = uint for it, or uniform(0, 1)|s/^begin = uniform(-1, 1)/begin = offsets(n)/
ini|45|write bits = yes, or ulp = 4|s/^bits = yes/bits = 3/
ini|46|keep one of both|s/^bits = yes/bits = yes\nulp = 4/
ini|45|it must be at least 0|s/^bits = yes/relative = -1/
ini|45|give a number from 0 to 1|s/^bits = yes/share = 2/
ini|11|define [parameter k], or write a number|s/^operations = 2 \* n/operations = 2 * k/
ini|11|operations: column 3: 4194304 / 0 divides by zero|s/^operations = 2 \* n/operations = n \/ 0/
ini|12|write a type of OpenCL C, such as sizeof(float4)|s/^bytes = 3/bytes = sizeof(real)/
ini|46|give an expression|s/^bits = yes/bits = yes\n[steps]/
ini|47|it must be at least 1|s/^bits = yes/bits = yes\n[steps]\ncount = 0/
ini|48|give two, such as u, v|s/^bits = yes/bits = yes\n[steps]\ncount = 5\npair = x/
ini|46|give numbers, separated by commas|s/^bits = yes/bits = yes\n[tunable UNROLL]/
ini|47|write a number|s/^bits = yes/bits = yes\n[tunable UNROLL]\ncandidates = 1, two/
ini|46|a picture needs 2, so give shape = rows, columns|s/^bits = yes/bits = yes\n[picture]/
ini|10|give yes, no, or rows of each work-item from 1 to 65|s/^summary = /independent-rows = maybe\nsummary = /
ini|10|give the name of one, or add [buffer z]|s/^summary = /result = z\nsummary = /
ini|10|before a comment|s/^summary = .*/summary/
cl|35|it has saxpi, so write [kernel saxpi]|s/kernel void saxpy/kernel void saxpi/
cl|30|add type = float or another type|s/, global float \*y)/)/
cl|35|add [parameter m], or list what it takes: arguments |s/global float \*y)/global float *y, const uint m)/
cl|35|use a buffer|s/global float \*y)/global float *y, read_only image2d_t picture)/
cl|26|add type = float or another type|s/global const float \*x/local float *x/
cl|35|take its parts as scalars|s/const float a/const float4 a/
cl|35|give the right name in arguments = ...|s/const float a/global const float *a/
c|41|it has saxpi, so write [twin saxpi]|s/void saxpy/void saxpi/
c|41|add [parameter m], or list what it takes: arguments |s/float \*restrict y)/float *restrict y, int m)/
c|41|take both, or neither|s/size_t begin, //
c|41|give the right name in arguments = ...|s/float a,/float *a,/
END
)

while IFS='|' read -r file line remedy edit; do
    rm -rf broken
    cp -r saxpy broken
    sed -i "$edit" "broken/saxpy.$file"
    ! cmp -s "broken/saxpy.$file" "saxpy/saxpy.$file" || fail "nothing was edited by $edit"
    expect_error 2 "broken/saxpy.ini:$line: " compare ./broken
    grep -qF -- "$remedy" "$scratch/stderr" || fail "$edit: the message lacks '$remedy'"
done <<<"$rows"

[ "$checks" -ge 70 ] || fail "there are only $checks mistakes"
echo "slowest refusal: $slowest_ms ms"

finish
