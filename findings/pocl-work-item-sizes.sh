#!/bin/sh
# PoCL 3.1: get_global_size(3), get_local_size(3) and get_num_groups(3) are 0; so is
# get_global_size of a dimension number that is only known at run time. A product over them is 0,
# and a division by one has no result.
# Expected by OpenCL C: 1 for every dimension beyond get_work_dim() - 1.
# Needs Python 3.11 or later with venv, and what Debian 12's libpocl2 depends on.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export XDG_CACHE_HOME="$folder/cache"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pyopencl==2026.1.4 numpy==2.4.6
apt-get -qq download libpocl2=3.1-3+deb12u1 libpocl2-common=3.1-3+deb12u1
for package in *.deb; do
    dpkg-deb -x "$package" files
done
libraries=$folder/files/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
mkdir vendors
echo "$libraries/libpocl.so.2.10.0" >vendors/pocl.icd
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
if OCL_ICD_VENDORS=$folder/vendors LD_LIBRARY_PATH=$libraries venv/bin/python -W ignore test.py; then
    echo "as seen before: sizes of 0 beyond the third dimension"
else
    echo "CHANGED: the sizes are others" >&2
    exit 1
fi
