#!/bin/sh
# Intel's CPU runtime 2026.2.0: mad_sat(5, 7, -1000) in int is -965 if one work-item runs and
# 2147483647 if 64 do; mad_sat(2147483647, 2, 5) is 3 then; in uint sums wrap round; in long
# products do, whatever the number of work-items.
# Expected by OpenCL C: a * b + c, the largest or least number of the type where that is beyond it, in any
# work-item. Seen on a CPU with AVX-512.
# Needs Python 3.11 or later with venv.
# shellcheck source=findings/support/driver.sh
. "$(dirname -- "$0")/support/driver.sh"
use_driver intel
cat >test.py <<'PYTHON'
import sys
import numpy
from compute import compute

SOURCE = "kernel void k(global TYPE *a, global TYPE *b, global TYPE *c, global TYPE *out) {" \
         "  size_t i = get_global_id(0); out[i] = mad_sat(a[i], b[i], c[i]); }"
TYPES = {"int": numpy.int32, "uint": numpy.uint32, "long": numpy.int64}

# type, a, b, c, result of one work-item, result of each of 64
SEEN = [
    ("int", 5, 7, -1000, -965, 2147483647),
    ("int", 1, -1, 5, 4, -2147483648),
    ("int", -2, 3, 10, 4, -2147483648),
    ("int", 2147483647, 2, 5, 2147483647, 3),
    ("int", 3, -4, 5, -7, -7),
    ("uint", 5, 2, 4294967290, 4294967295, 4),
    ("uint", 1, 2, 4294967290, 4294967292, 4294967292),
    ("long", 1 << 62, 2, 5, -(1 << 63) + 5, -(1 << 63) + 5),
    ("long", 5, 7, -1000, -965, -965),
]
same = True
for name, a, b, c, *seen in SEEN:
    bits = numpy.iinfo(TYPES[name])
    right = min(max(a * b + c, int(bits.min)), int(bits.max))
    got = []
    for count in (1, 64):
        arguments = [numpy.full(count, number, TYPES[name]) for number in (a, b, c)]
        results = compute(SOURCE.replace("TYPE", name), arguments, count, TYPES[name])
        got.append(sorted({int(result) for result in results}))
    print(f"{name:4} mad_sat({a}, {b}, {c}): 1 work-item {got[0]}, 64 work-items {got[1]}, right {right}")
    same = same and got == [[seen[0]], [seen[1]]]
sys.exit(not same)
PYTHON
if venv/bin/python -W ignore test.py; then
    echo "as seen before: mad_sat depends on the number of work-items, and does not saturate where it should"
else
    echo "CHANGED: mad_sat gives other numbers" >&2
    exit 1
fi
