#!/bin/sh
# Oclgrind 21.10: remquo(100.0f, 1.0f, &n) gives n = 4, and 0 for 8.0f and 1.0f: three bits of the
# quotient are kept.
# Expected by OpenCL C: at least the lower seven bits, with the quotient's sign (C asks for three,
# and that is what glibc 2.36's own remquo gives, to which the simulator passes the call; the
# script shows both).
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

import ctypes

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
if OCL_ICD_VENDORS=$folder/vendors LD_LIBRARY_PATH=$libraries venv/bin/python -W ignore test.py; then
    echo "as seen before: three bits of the quotient, of seven"
else
    echo "CHANGED: remquo gives other quotients" >&2
    exit 1
fi
