#!/bin/sh
# Mesa 22.3.6, rusticl on llvmpipe: every interval of a command's event is 1 ns, whatever it took.
# Expected by OpenCL: the times in nanoseconds at which a command began and ended.
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
cat >times.c <<'C'
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void check(cl_int code, const char *call) {
    if (code != CL_SUCCESS) {
        printf("%s: %d\n", call, code);
        exit(2);
    }
}

static double now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static const char *source = "kernel void spin(global uint *out, uint rounds) {"
                            "  uint x = get_global_id(0) + 1;"
                            "  for (uint i = 0; i < rounds; i++) { x ^= x << 13; x ^= x >> 17; x ^= x << 5; }"
                            "  out[get_global_id(0)] = x; }";

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
    cl_command_queue queue = clCreateCommandQueue(context, device, CL_QUEUE_PROFILING_ENABLE, &code);
    check(code, "clCreateCommandQueue");
    cl_program program = clCreateProgramWithSource(context, 1, &source, NULL, &code);
    check(code, "clCreateProgramWithSource");
    check(clBuildProgram(program, 1, &device, "", NULL, NULL), "clBuildProgram");
    cl_kernel kernel = clCreateKernel(program, "spin", &code);
    check(code, "clCreateKernel");
    const size_t items = 65536;
    cl_mem out = clCreateBuffer(context, CL_MEM_WRITE_ONLY, items * sizeof(cl_uint), NULL, &code);
    check(code, "clCreateBuffer");
    int ones = 0, runs = 0;
    for (cl_uint rounds = 100; rounds <= 10000; rounds *= 10) {
        check(clSetKernelArg(kernel, 0, sizeof out, &out), "clSetKernelArg");
        check(clSetKernelArg(kernel, 1, sizeof rounds, &rounds), "clSetKernelArg");
        cl_event event;
        const double begin = now_ns();
        check(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &items, NULL, 0, NULL, &event), "launch");
        check(clFinish(queue), "clFinish");
        const double took = now_ns() - begin;
        cl_ulong start = 0, end = 0;
        check(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL), "start");
        check(clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL), "end");
        printf("%5u rounds: the host's clock %10.0f ns, the event %llu ns\n", rounds, took,
               (unsigned long long)(end - start));
        ones += end - start == 1;
        runs++;
        clReleaseEvent(event);
    }
    return ones == runs ? 0 : 1;
}
C
cc -O1 times.c -lOpenCL -o times
if OCL_ICD_VENDORS=$folder/vendors RUSTICL_ENABLE=llvmpipe LD_LIBRARY_PATH=$libraries ./times; then
    echo "as seen before: every event took 1 ns"
else
    echo "CHANGED: not every event took 1 ns" >&2
    exit 1
fi
