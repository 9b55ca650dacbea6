#!/bin/sh
# Intel's CPU runtime 2026.2.0: mad_sat(5, 7, -1000) in int is -965 if one work-item runs and
# 2147483647 if 64 do; mad_sat(2147483647, 2, 5) is 3 then; in uint sums wrap round; in long
# products do, whatever the number of work-items.
# Expected by OpenCL C: a * b + c, the largest or least number of the type where that is beyond it, in any
# work-item. Wrong from 16 work-items on, on a CPU with AVX-512.
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
if OCL_ICD_VENDORS=$folder/vendors venv/bin/python -W ignore test.py; then
    echo "as seen before: mad_sat depends on the number of work-items, and does not saturate where it should"
else
    echo "CHANGED: mad_sat gives other numbers" >&2
    exit 1
fi
