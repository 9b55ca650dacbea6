#!/bin/sh
# Oclgrind 21.10: mad_sat(1L, -1L, 5L) is the least long, not 4: a product below 0 of factors of
# two signs counts as an overflow; and add_sat of the least long to itself is 0, or 0 - LONG_MIN
# the least.
# Expected by OpenCL C: the exact value, saturated. Known upstream for mad_sat (jrprice/Oclgrind
# issue 117, of 2016); Debian 12's version has it. int and short are right.
# Needs Python 3.11 or later with venv, and Debian 12's libllvm14 and libclang-common-14-dev.
# shellcheck source=findings/support/driver.sh
. "$(dirname -- "$0")/support/driver.sh"
use_driver oclgrind
cat >test.py <<'PYTHON'
import sys
import numpy
from compute import compute

SOURCE = "kernel void k(global TYPE *a, global TYPE *b, global TYPE *c, global TYPE *out) {" \
         "  size_t i = get_global_id(0); out[i] = CALL; }"
LEAST, LARGEST = -(1 << 63), (1 << 63) - 1
SEEN = [  # call, the exact value, type, a, b, c, result
    ("mad_sat(a[i], b[i], c[i])", lambda a, b, c: a * b + c, "long", 1, -1, 5, LEAST),
    ("mad_sat(a[i], b[i], c[i])", lambda a, b, c: a * b + c, "long", -2, 3, 10, LEAST),
    ("mad_sat(a[i], b[i], c[i])", lambda a, b, c: a * b + c, "long", 5, 7, -1000, -965),
    ("mad_sat(a[i], b[i], c[i])", lambda a, b, c: a * b + c, "int", 1, -1, 5, 4),
    ("sub_sat(a[i], b[i])", lambda a, b, c: a - b, "long", 0, LEAST, 0, LEAST),
    ("sub_sat(a[i], b[i])", lambda a, b, c: a - b, "int", 0, -(1 << 31), 0, (1 << 31) - 1),
    ("add_sat(a[i], b[i])", lambda a, b, c: a + b, "long", LEAST, LEAST, 0, 0),
    ("add_sat(a[i], b[i])", lambda a, b, c: a + b, "int", -(1 << 31), -(1 << 31), 0, -(1 << 31)),
]
TYPES = {"int": numpy.int32, "long": numpy.int64}
same = True
for call, exact, name, a, b, c, seen in SEEN:
    limits = numpy.iinfo(TYPES[name])
    right = min(max(exact(a, b, c), int(limits.min)), int(limits.max))
    arguments = [numpy.array([number], TYPES[name]) for number in (a, b, c)]
    source = SOURCE.replace("CALL", call).replace("TYPE", name)
    got = int(compute(source, arguments, 1, TYPES[name])[0])
    print(f"{name:4} {call[:7]} of {a}, {b}, {c}: {got}, right {right}")
    same = same and got == seen
sys.exit(not same)
PYTHON
if venv/bin/python -W ignore test.py; then
    echo "as seen before: long sums and products that fit saturate, and some that do not fit wrap round"
else
    echo "CHANGED: saturating functions give other numbers" >&2
    exit 1
fi
