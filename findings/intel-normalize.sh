#!/bin/sh
# Intel's CPU runtime 2026.2.0: normalize of the vector 0 is NaN in every component, and so is the
# infinite component of a vector that has one.
# Expected by OpenCL C (additional requirements beyond C99): normalize(v) is v if all components
# are 0, and an infinite component counts as 1 or -1 with the others 0. PoCL 3.1, rusticl and
# Oclgrind give 0 for the first.
# Needs Python 3.11 or later with venv.
# shellcheck source=findings/support/driver.sh
. "$(dirname -- "$0")/support/driver.sh"
use_driver intel
cat >test.py <<'PYTHON'
import sys
import numpy
from compute import compute

INF, NAN = float("inf"), float("nan")
SOURCE = "kernel void k(global float *v, global float *out) {" \
         "  if (get_global_id(0) == 0) vstore4(normalize(vload4(0, v)), 0, out); }"
SEEN = [  # vector, result, right
    ((0, 3, 0, 4), (0, 0.6, 0, 0.8), (0, 0.6, 0, 0.8)),
    ((0, 0, 0, 0), (NAN, NAN, NAN, NAN), (0, 0, 0, 0)),
    ((1, 2, INF, 3), (0, 0, NAN, 0), (0, 0, 1, 0)),
]
same = True
for vector, seen, right in SEEN:
    got = compute(SOURCE, [numpy.array(vector, numpy.float32)], 4, numpy.float32)
    print(f"normalize{vector}: {[float(number) for number in got]}, right {right}")
    same = same and numpy.allclose(got, seen, rtol=1e-6, equal_nan=True)
sys.exit(not same)
PYTHON
if venv/bin/python -W ignore test.py; then
    echo "as seen before: NaN for the vector 0 and for infinite components"
else
    echo "CHANGED: normalize gives other vectors" >&2
    exit 1
fi
