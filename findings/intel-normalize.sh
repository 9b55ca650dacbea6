#!/bin/sh
# Intel's CPU runtime 2026.2.0: normalize of the vector 0 is NaN in every component, and so is the
# infinite component of a vector that has one.
# Expected by OpenCL C (additional requirements beyond C99): normalize(v) is v if all components
# are 0, and an infinite component counts as 1 or -1 with the others 0. PoCL 3.1, rusticl and
# Oclgrind give 0 for the first.
# Needs Python 3.11 or later with venv.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export XDG_CACHE_HOME="$folder/cache"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check intel-opencl-rt==2026.2.0 intel-cmplr-lib-rt==2026.2.0 \
    pyopencl==2026.1.4 numpy==2.4.6
mkdir vendors
echo "$folder/venv/lib/libintelocl.so" >vendors/intel.icd
cat >test.py <<'PYTHON'
import sys
import numpy
import pyopencl as cl

device = cl.get_platforms()[0].get_devices()[0]
print("driver:", device.platform.name, device.driver_version, flush=True)
context = cl.Context([device])
queue = cl.CommandQueue(context)


def compute(source, arguments, count, result_type):
    """Run a kernel of `count` work-items, one result each, in a buffer behind the arguments."""
    flags = cl.mem_flags
    buffers = [cl.Buffer(context, flags.COPY_HOST_PTR, hostbuf=argument) for argument in arguments]
    results = numpy.zeros(count, result_type)
    out = cl.Buffer(context, flags.COPY_HOST_PTR, hostbuf=results)
    kernel = cl.Kernel(cl.Program(context, source).build(), "k")
    kernel(queue, (count,), None, *buffers, out)
    cl.enqueue_copy(queue, results, out)
    queue.finish()
    return results

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
if OCL_ICD_VENDORS=$folder/vendors venv/bin/python -W ignore test.py; then
    echo "as seen before: NaN for the vector 0 and for infinite components"
else
    echo "CHANGED: normalize gives other vectors" >&2
    exit 1
fi
