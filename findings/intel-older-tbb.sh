#!/bin/sh
# Intel's CPU runtime 2026.2.0: it can't be loaded by a process that has an older libtbb.so.12, such as
# the one of Debian 12, which that system's OpenCV is linked with. OpenCL's loader then
# goes on without it, and the program finds no platform. With Intel's own library, which has the same
# name, in the place of the older one the same process finds it.
# Expected: a library of one name and version is the same for all who use it.
. "$(dirname "$0")/support/driver.sh"
get_debian libtbb12=2021.8.0-2+deb12u1
tbb=$libraries/libtbb.so.12
unset LD_LIBRARY_PATH
use_driver intel
cat >platforms.py <<'PYTHON'
import ctypes
import sys

for library in sys.argv[1:]:
    ctypes.CDLL(library, ctypes.RTLD_GLOBAL)
import pyopencl as cl

try:
    print("platforms:", [platform.name for platform in cl.get_platforms()])
except cl.LogicError as error:
    print("platforms: none,", error)
PYTHON
echo "intel-opencl-rt 2026.2.0"
alone=$(venv/bin/python platforms.py)
beside=$(venv/bin/python platforms.py "$tbb")
own=$(venv/bin/python platforms.py "$folder/venv/lib/libtbb.so.12")
printf 'alone: %s\nbeside Debian'"'"'s libtbb: %s\nbeside its own: %s\n' "$alone" "$beside" "$own"
case "$alone|$beside|$own" in
    *Intel*"|platforms: none"*"|"*Intel*) echo "as seen before: the driver is not found beside an older libtbb" ;;
    *)
        echo "CHANGED: not as seen before" >&2
        exit 1
        ;;
esac
