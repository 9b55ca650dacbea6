#!/bin/sh
# Oclgrind 21.10: remquo(100.0f, 1.0f, &n) gives n = 4, and 0 for 8.0f and 1.0f: three bits of the
# quotient are kept.
# Expected by OpenCL C: at least the lower seven bits, with the quotient's sign (C asks for three,
# and that is what glibc 2.36's own remquo gives, to which the simulator passes the call; the
# script shows both).
# Needs Python 3.11 or later with venv, and Debian 12's libllvm14 and libclang-common-14-dev.
# shellcheck source=findings/support/driver.sh
. "$(dirname -- "$0")/support/driver.sh"
use_driver oclgrind
cat >test.py <<'PYTHON'
import sys
import ctypes
import numpy
from compute import compute

LIBM = ctypes.CDLL("libm.so.6")
LIBM.remquof.restype = ctypes.c_float
LIBM.remquof.argtypes = [ctypes.c_float, ctypes.c_float, ctypes.POINTER(ctypes.c_int)]
SOURCE = "kernel void k(global float *x, global float *y, global int *out) {" \
         "  int n; remquo(x[0], y[0], &n); out[0] = n; }"
same = True
for x, y, quotient, seen in ((5, 1, 5, 5), (8, 1, 8, 0), (100, 1, 100, 4), (-20, 1, -20, -4), (100.25, 0.5, 200, 0)):
    arguments = [numpy.array([number], numpy.float32) for number in (x, y)]
    got = int(compute(SOURCE, arguments, 1, numpy.int32)[0])
    of_libm = ctypes.c_int()
    LIBM.remquof(x, y, ctypes.byref(of_libm))
    # Seven bits are asked for; a driver may give more.
    right = abs(got) % 128 == abs(quotient) % 128
    print(f"remquo({x}, {y}): {got}, libm {of_libm.value}; the quotient is {quotient}: seven bits {'right' if right else 'wrong'}")
    same = same and got == seen and of_libm.value == seen
sys.exit(not same)
PYTHON
if venv/bin/python -W ignore test.py; then
    echo "as seen before: three bits of the quotient, of seven"
else
    echo "CHANGED: remquo gives other quotients" >&2
    exit 1
fi
