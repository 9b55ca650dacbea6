#!/bin/sh
# Mesa 22.3.6, rusticl on llvmpipe: a work-item's loop ends after 65,535 rounds, without an error.
# Expected by C: it ends when its condition is false.
# Needs a C compiler, OpenCL's headers and loader, and Debian 12's libclc-15, whose files Mesa reads
# from /usr/lib/clc.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download mesa-opencl-icd=22.3.6-1+deb12u2 libllvmspirvlib15=15.0.0-2
for package in *.deb; do
    dpkg-deb -x "$package" files
done
libraries=$folder/files/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
mkdir vendors
echo "$libraries/libRusticlOpenCL.so.1" >vendors/rusticl.icd
cat >loops.c <<'C'
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdio.h>
#include <stdlib.h>

static void check(cl_int code, const char *call) {
    if (code != CL_SUCCESS) {
        printf("%s: %d\n", call, code);
        exit(2);
    }
}

/* The sum depends on the index in a way that a compiler does not turn into a formula. */
static const char *source = "kernel void count(global uint *out, uint rounds) {"
                            "  uint n = 0, x = 1;"
                            "  for (uint i = 0; i < rounds; i++) { x ^= x << 13; x ^= x >> 17; x ^= x << 5; n += x != 0; }"
                            "  out[0] = n; }";

int main(void) {
    cl_int code;
    cl_platform_id platform;
    cl_device_id device;
    char text[256];
    check(clGetPlatformIDs(1, &platform, NULL), "clGetPlatformIDs");
    check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL), "clGetDeviceIDs");
    check(clGetDeviceInfo(device, CL_DEVICE_NAME, sizeof text, text, NULL), "clGetDeviceInfo");
    printf("device: %s\n", text);
    check(clGetDeviceInfo(device, CL_DRIVER_VERSION, sizeof text, text, NULL), "clGetDeviceInfo");
    printf("driver: %s\n", text);
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    check(code, "clCreateContext");
    cl_command_queue queue = clCreateCommandQueue(context, device, 0, &code);
    check(code, "clCreateCommandQueue");
    cl_program program = clCreateProgramWithSource(context, 1, &source, NULL, &code);
    check(code, "clCreateProgramWithSource");
    check(clBuildProgram(program, 1, &device, "", NULL, NULL), "clBuildProgram");
    cl_kernel kernel = clCreateKernel(program, "count", &code);
    check(code, "clCreateKernel");
    cl_mem out = clCreateBuffer(context, CL_MEM_WRITE_ONLY, sizeof(cl_uint), NULL, &code);
    check(code, "clCreateBuffer");
    static const cl_uint asked[] = {1000, 65535, 65536, 200000}, seen[] = {1000, 65535, 65535, 65535};
    int same = 1;
    for (int i = 0; i < 4; i++) {
        const size_t one = 1;
        cl_uint counted = 0;
        check(clSetKernelArg(kernel, 0, sizeof out, &out), "clSetKernelArg");
        check(clSetKernelArg(kernel, 1, sizeof asked[i], &asked[i]), "clSetKernelArg");
        check(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &one, NULL, 0, NULL, NULL), "launch");
        check(clEnqueueReadBuffer(queue, out, CL_TRUE, 0, sizeof counted, &counted, 0, NULL, NULL), "read");
        printf("%6u rounds: counted %u\n", asked[i], counted);
        same = same && counted == seen[i];
    }
    return same ? 0 : 1;
}
C
cc -O1 loops.c -lOpenCL -o loops
if OCL_ICD_VENDORS=$folder/vendors RUSTICL_ENABLE=llvmpipe LD_LIBRARY_PATH=$libraries ./loops; then
    echo "as seen before: no loop does more than 65,535 rounds"
else
    echo "CHANGED: the loops count otherwise" >&2
    exit 1
fi
