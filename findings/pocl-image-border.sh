#!/bin/sh
# PoCL 3.1: outside of an image of channel order CL_R, CLK_ADDRESS_CLAMP reads alpha 0; inside it
# is 1.
# Expected by OpenCL: the border colour of CL_R is (0, 0, 0, 1), so that alpha is 1 on both sides.
# Intel's runtime 2026.2.0, rusticl and Oclgrind give that.
# Needs Python 3.11 or later with venv, and what Debian 12's libpocl2 depends on.
# shellcheck source=findings/support/driver.sh
. "$(dirname -- "$0")/support/driver.sh"
use_driver pocl
cat >test.py <<'PYTHON'
import sys
import numpy
from compute import cl, context, queue

SOURCE = "constant sampler_t sampler = CLK_NORMALIZED_COORDS_FALSE | CLK_ADDRESS_CLAMP | CLK_FILTER_NEAREST;" \
         "kernel void k(read_only image2d_t image, global float4 *out) {" \
         "  int i = get_global_id(0); out[i] = read_imagef(image, sampler, (int2)(i - 1, 0)); }"
orders = cl.channel_order
same = True
for name, channels, seen in (("R", 1, [0, 0, 0, 0]), ("RGBA", 4, [0, 0, 0, 0])):
    form = cl.ImageFormat(getattr(orders, name), cl.channel_type.UNORM_INT8)
    pixels = numpy.full((2, 2, channels), 255, numpy.uint8)
    image = cl.Image(context, cl.mem_flags.READ_ONLY | cl.mem_flags.COPY_HOST_PTR, form, shape=(2, 2), hostbuf=pixels)
    colours = numpy.zeros((2, 4), numpy.float32)
    out = cl.Buffer(context, cl.mem_flags.COPY_HOST_PTR, hostbuf=colours)
    kernel = cl.Kernel(cl.Program(context, SOURCE).build(), "k")
    kernel(queue, (2,), None, image, out)
    cl.enqueue_copy(queue, colours, out)
    queue.finish()
    right = [0, 0, 0, 1] if name == "R" else [0, 0, 0, 0]
    border, inside = [[int(part) for part in colour] for colour in colours]
    print(f"CL_{name}: border {border}, right {right}; inside {inside}")
    same = same and border == seen and inside[3] == 1
sys.exit(not same)
PYTHON
if venv/bin/python -W ignore test.py; then
    echo "as seen before: the border of CL_R has alpha 0"
else
    echo "CHANGED: the border is another" >&2
    exit 1
fi
