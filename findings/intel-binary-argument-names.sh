#!/bin/sh
# Intel's CPU runtime 2026.2.0: a program that is made from its own binary has no names of kernel
# arguments, although it was built with -cl-kernel-arg-info; from source it has.
# OpenCL allows this (CL_KERNEL_ARG_INFO_NOT_AVAILABLE); a host that checks names of binaries can't
# rely on them.
# Needs a C compiler, OpenCL's headers and loader, and Python with venv.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check intel-opencl-rt==2026.2.0 intel-cmplr-lib-rt==2026.2.0
mkdir vendors
echo "$folder/venv/lib/libintelocl.so" >vendors/intel.icd
cat >names.c <<'C'
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

static const char *source = "kernel void add(global float *sums, float summand) {"
                            "  sums[get_global_id(0)] += summand; }";

static cl_int ask(cl_program program, cl_device_id device, const char *from) {
    cl_int code;
    char name[64] = "";
    check(clBuildProgram(program, 1, &device, "-cl-kernel-arg-info", NULL, NULL), "clBuildProgram");
    cl_kernel kernel = clCreateKernel(program, "add", &code);
    check(code, "clCreateKernel");
    code = clGetKernelArgInfo(kernel, 1, CL_KERNEL_ARG_NAME, sizeof name, name, NULL);
    printf("from %s: %d, '%s'\n", from, code, name);
    return code;
}

int main(void) {
    cl_int code;
    cl_platform_id platform;
    cl_device_id device;
    char text[256];
    check(clGetPlatformIDs(1, &platform, NULL), "clGetPlatformIDs");
    check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL), "clGetDeviceIDs");
    check(clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof text, text, NULL), "clGetPlatformInfo");
    printf("platform: %s\n", text);
    check(clGetDeviceInfo(device, CL_DRIVER_VERSION, sizeof text, text, NULL), "clGetDeviceInfo");
    printf("driver: %s\n", text);
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    check(code, "clCreateContext");
    cl_program program = clCreateProgramWithSource(context, 1, &source, NULL, &code);
    check(code, "clCreateProgramWithSource");
    const cl_int by_source = ask(program, device, "source");
    size_t size = 0;
    check(clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, NULL), "sizes");
    unsigned char *binary = malloc(size);
    if (binary == NULL)
        return 2;
    check(clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL), "binaries");
    const unsigned char *binaries[] = {binary};
    cl_program again = clCreateProgramWithBinary(context, 1, &device, &size, binaries, NULL, &code);
    check(code, "clCreateProgramWithBinary");
    const cl_int by_binary = ask(again, device, "binary");
    return by_source == CL_SUCCESS && by_binary == CL_KERNEL_ARG_INFO_NOT_AVAILABLE ? 0 : 1;
}
C
cc -O1 names.c -lOpenCL -o names
if OCL_ICD_VENDORS=$folder/vendors ./names; then
    echo "as seen before: names from source, none from the binary (CL_KERNEL_ARG_INFO_NOT_AVAILABLE is -19)"
else
    echo "CHANGED: the names are available otherwise" >&2
    exit 1
fi
