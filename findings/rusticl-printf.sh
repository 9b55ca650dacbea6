#!/bin/sh
# Mesa 22.3.6, rusticl on llvmpipe: printf in a kernel prints components below 0 of char and short
# vectors as 254 and 65534, cuts components of long vectors to 32 bits, and leaves %% as two signs.
# Scalars of the same types are right.
# Expected by OpenCL C: hh, h and l before a vector's conversion give the size of its signed
# components; %% prints one %.
# Needs Python 3.11 or later with venv, and Debian 12's libclc-15, whose files Mesa reads from
# /usr/lib/clc.
# shellcheck source=findings/support/driver.sh
. "$(dirname -- "$0")/support/driver.sh"
use_driver rusticl
cat >test.py <<'PYTHON'
import numpy
from compute import cl, context, queue

SOURCE = r"""kernel void k(global int *v) {
    char2 c = convert_char2(vload2(0, v));
    short2 s = convert_short2(vload2(0, v));
    long2 l = convert_long2(vload2(0, v)) * 5000000000L;
    printf("char %hhd %hhd, vector %v2hhd\n", c.x, c.y, c);
    printf("short %hd %hd, vector %v2hd\n", s.x, s.y, s);
    printf("int %d %d, vector %v2hld\n", v[0], v[1], vload2(0, v));
    printf("long %ld %ld, vector %v2ld\n", l.x, l.y, l);
    printf("100 %%\n");
}"""
numbers = cl.Buffer(context, cl.mem_flags.COPY_HOST_PTR, hostbuf=numpy.array([-2, 1], numpy.int32))
kernel = cl.Kernel(cl.Program(context, SOURCE).build(), "k")
kernel(queue, (1,), None, numbers)
queue.finish()
PYTHON
cat >expected <<'TEXT'
char -2 1, vector 254,1
short -2 1, vector 65534,1
int -2 1, vector -2,1
long -10000000000 5000000000, vector -1410065408,705032704
100 %%
TEXT
venv/bin/python -W ignore test.py >output
cat output
if grep -v '^driver:' output | diff - expected; then
    echo "as seen before: vectors of char, short and long are printed wrong, and two % signs for one"
else
    echo "CHANGED: printf prints other text" >&2
    exit 1
fi
