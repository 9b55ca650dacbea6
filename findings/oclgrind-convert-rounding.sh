#!/bin/sh
# Oclgrind 21.10: convert_int_rtp and convert_int_rtn swap for numbers below 0: rtp(-1.5f) is -2,
# rtn(-1.5f) is -1, and convert_uint_rtp(-0.5f) is 4294967295. All integer types, from float and
# double; with _sat they are right.
# Expected by OpenCL C: _rtp rounds towards positive infinity (-1, 0), _rtn towards negative
# infinity (-2).
# Needs Python 3.11 or later with venv, and Debian 12's libllvm14 and libclang-common-14-dev.
# shellcheck source=findings/support/driver.sh
. "$(dirname -- "$0")/support/driver.sh"
use_driver oclgrind
cat >test.py <<'PYTHON'
import sys
import numpy
from compute import compute

SEEN = [  # conversion, type of the result, number, result, right
    ("convert_int_rtp", "int", 1.5, 2, 2),
    ("convert_int_rtn", "int", 1.5, 1, 1),
    ("convert_int_rtp", "int", -1.5, -2, -1),
    ("convert_int_rtn", "int", -1.5, -1, -2),
    ("convert_char_rtn", "char", -0.25, 0, -1),
    ("convert_long_rtp", "long", -100.75, -101, -100),
    ("convert_uint_rtp", "uint", -0.5, 4294967295, 0),
    ("convert_int_sat_rtp", "int", -1.5, -1, -1),
    ("convert_int_sat_rtn", "int", -1.5, -2, -2),
]
TYPES = {"char": numpy.int8, "int": numpy.int32, "uint": numpy.uint32, "long": numpy.int64}
same = True
for call, name, number, seen, right in SEEN:
    for kind, real in (("float", numpy.float32), ("double", numpy.float64)):
        source = f"kernel void k(global {kind} *a, global {name} *out) {{ out[0] = {call}(a[0]); }}"
        got = int(compute(source, [numpy.array([number], real)], 1, TYPES[name])[0])
        print(f"{call}({number}) of {kind}: {got}, right {right}")
        same = same and got == seen
sys.exit(not same)
PYTHON
if venv/bin/python -W ignore test.py; then
    echo "as seen before: towards positive and towards negative infinity are swapped below 0"
else
    echo "CHANGED: conversions round otherwise" >&2
    exit 1
fi
