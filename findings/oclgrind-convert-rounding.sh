#!/bin/sh
# Oclgrind 21.10: convert_int_rtp and convert_int_rtn swap for numbers below 0: rtp(-1.5f) is -2,
# rtn(-1.5f) is -1, and convert_uint_rtp(-0.5f) is 4294967295. All integer types, from float and
# double; with _sat they are right.
# Expected by OpenCL C: _rtp rounds towards positive infinity (-1, 0), _rtn towards negative
# infinity (-2).
# Needs Python 3.11 or later with venv, and Debian 12's libllvm14 and libclang-common-14-dev.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export XDG_CACHE_HOME="$folder/cache"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pyopencl==2026.1.4 numpy==2.4.6
apt-get -qq download oclgrind=21.10-3 liboclgrind-21.10=21.10-3
for package in *.deb; do
    dpkg-deb -x "$package" files
done
libraries=$folder/files/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
mkdir vendors
echo "$folder/files/usr/lib/oclgrind/liboclgrind-rt-icd.so" >vendors/oclgrind.icd
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
if OCL_ICD_VENDORS=$folder/vendors LD_LIBRARY_PATH=$libraries venv/bin/python -W ignore test.py; then
    echo "as seen before: towards positive and towards negative infinity are swapped below 0"
else
    echo "CHANGED: conversions round otherwise" >&2
    exit 1
fi
