#!/bin/sh
# PoCL 3.1: get_global_size(3), get_local_size(3) and get_num_groups(3) are 0; so is
# get_global_size of a dimension number that is only known at run time. A product over them is 0,
# and a division by one has no result.
# Expected by OpenCL C: 1 for every dimension beyond get_work_dim() - 1.
# Needs Python 3.11 or later with venv, and what Debian 12's libpocl2 depends on.
# shellcheck source=findings/support/driver.sh
. "$(dirname -- "$0")/support/driver.sh"
use_driver pocl
cat >test.py <<'PYTHON'
import sys
import numpy
from compute import compute

SOURCE = "kernel void k(global uint *dimension, global int *out) {" \
         "  size_t i = get_global_id(0); uint d = dimension[i];" \
         "  int sizes[] = {get_global_size(d), get_local_size(d), get_num_groups(d)};" \
         "  out[i] = sizes[0] + 100 * sizes[1] + 10000 * sizes[2]; }"
CONSTANT = "kernel void k(global int *out) { out[get_global_id(0)] =" \
           "  get_global_size(3) + 100 * get_local_size(3) + 10000 * get_num_groups(3); }"
dimensions = numpy.array([1, 2, 3, 4], numpy.uint32)
results = [int(result) for result in compute(SOURCE, [dimensions], 4, numpy.int32)]
results.append(int(compute(CONSTANT, [], 1, numpy.int32)[0]))
for name, result in zip(("1", "2", "3", "4", "3, constant"), results):
    print(f"1D range, dimension {name}: global size {result % 100}, local {result // 100 % 100}, groups {result // 10000}; right 1, 1, 1")
sys.exit(results != [10101, 10101, 0, 0, 0])
PYTHON
if venv/bin/python -W ignore test.py; then
    echo "as seen before: sizes of 0 beyond the third dimension"
else
    echo "CHANGED: the sizes are others" >&2
    exit 1
fi
