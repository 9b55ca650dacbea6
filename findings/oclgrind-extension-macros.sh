#!/bin/sh
# Oclgrind 21.10: the compiler defines the macros of extensions that CL_DEVICE_EXTENSIONS does not
# list, of half precision and of other vendors' GPUs among them, so that a kernel's #ifdef takes
# the branch of a device that is not there.
# Expected by OpenCL C: the macro of an extension is defined if the device supports the extension, which
# it then lists.
# Needs Python 3.11 or later with venv, and Debian 12's libllvm14 and libclang-common-14-dev.
# shellcheck source=findings/support/driver.sh
. "$(dirname -- "$0")/support/driver.sh"
use_driver oclgrind
cat >test.py <<'PYTHON'
import sys
import numpy
from compute import compute, device

ASKED = ("cl_khr_fp64 cl_khr_fp16 cl_khr_depth_images cl_khr_gl_msaa_sharing cl_amd_media_ops cl_intel_subgroups"
         " cl_intel_subgroups_short cl_arm_integer_dot_product_int8 cl_khr_mipmap_image cl_khr_subgroups").split()
SEEN = ("cl_khr_fp16 cl_khr_depth_images cl_khr_gl_msaa_sharing cl_amd_media_ops cl_intel_subgroups"
        " cl_intel_subgroups_short cl_arm_integer_dot_product_int8").split()
lines = [f"#ifdef {name}\nout[{at}] = 1;\n#endif" for at, name in enumerate(ASKED)]
source = "kernel void k(global int *out) {\n" + "\n".join(lines) + "\n}"
defined = compute(source, [], len(ASKED), numpy.int32)
listed = device.extensions.split()
wrong = []
for name, is_defined in zip(ASKED, defined):
    print(f"{name}: listed {name in listed}, defined {bool(is_defined)}")
    if is_defined and name not in listed:
        wrong.append(name)
sys.exit(wrong != SEEN)
PYTHON
if venv/bin/python -W ignore test.py; then
    echo "as seen before: macros of seven extensions that the device does not list"
else
    echo "CHANGED: the macros of extensions are others" >&2
    exit 1
fi
