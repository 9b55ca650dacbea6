#!/bin/sh
# clFFT 2.12.2: the kernel that it writes for 1024 x 64 points assigns a pointer to float2 to one to
# float4, which C does not allow without a conversion. PoCL 3.1, with clang
# 15, takes it; Intel's CPU runtime 2026.2.0 refuses it, so that the transform fails with
# CLFFT_INVALID_PROGRAM.
# Expected: kernels that a compiler of OpenCL C need not refuse.
. "$(dirname "$0")/support/driver.sh"
get_debian clfft-client=2.12.2-3.2 libclfft2=2.12.2-3.2
use_driver intel
echo "clFFT 2.12.2, intel-opencl-rt 2026.2.0"
status=0
files/usr/bin/clFFT-client -x 1024 -y 64 -p 2 >printed 2>&1 || status=$?
grep -E -m 2 'error:|CLFFT_' printed || true
echo "exit status $status"
if [ "$status" -ne 0 ] && grep -q "incompatible pointer types" printed; then
    echo "as seen before: its kernel does not compile"
else
    echo "CHANGED: not as seen before" >&2
    exit 1
fi
