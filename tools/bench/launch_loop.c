/* Launches an empty kernel again and again, for what a layer adds to it:
 *
 *   cc -O2 -o launch_loop tools/bench/launch_loop.c -lOpenCL
 *   ./launch_loop 100000 100        # 100,000 launches, waited for after each hundred
 *   gpufare trace -q -- ./launch_loop 100000 100
 *
 * Prints the ns of a launch: by the clock, and by the processor's time of the thread that launches,
 * which other programs of the machine hardly change. */
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void must(cl_int code, const char *what) {
    if (code == CL_SUCCESS)
        return;
    fprintf(stderr, "%s: %d\n", what, code);
    exit(1);
}

static double now_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

static cl_kernel make_kernel(cl_context context, cl_device_id device) {
    const char *source = "kernel void empty(global int *unused) {}\n";
    cl_int code;
    cl_program program = clCreateProgramWithSource(context, 1, &source, NULL, &code);
    must(code, "source");
    must(clBuildProgram(program, 1, &device, "", NULL, NULL), "build");
    cl_kernel kernel = clCreateKernel(program, "empty", &code);
    must(code, "kernel");
    cl_mem memory = clCreateBuffer(context, CL_MEM_READ_WRITE, 4096, NULL, &code);
    must(code, "buffer");
    must(clSetKernelArg(kernel, 0, sizeof memory, &memory), "argument");
    return kernel;
}

static void launch(cl_command_queue queue, cl_kernel kernel, long count, long wait_every) {
    const size_t one = 1;
    for (long i = 1; i <= count; i++) {
        must(clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &one, &one, 0, NULL, NULL), "launch");
        if (i % wait_every == 0)
            must(clFinish(queue), "finish");
    }
    must(clFinish(queue), "finish");
}

int main(int argc, char **argv) {
    const long count = argc > 1 ? atol(argv[1]) : 100000, every = argc > 2 ? atol(argv[2]) : 100;
    cl_platform_id platform;
    cl_device_id device;
    cl_int code;
    if (count < 1 || every < 1)
        return 2;
    must(clGetPlatformIDs(1, &platform, NULL), "platform");
    must(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL), "device");
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    must(code, "context");
    cl_command_queue queue = clCreateCommandQueue(context, device, 0, &code);
    must(code, "queue");
    cl_kernel kernel = make_kernel(context, device);
    launch(queue, kernel, 1000 < count ? 1000 : count, every);
    const double begin = now_ns(CLOCK_MONOTONIC), own = now_ns(CLOCK_THREAD_CPUTIME_ID);
    launch(queue, kernel, count, every);
    printf("clock %.0f thread %.0f\n", (now_ns(CLOCK_MONOTONIC) - begin) / (double)count,
           (now_ns(CLOCK_THREAD_CPUTIME_ID) - own) / (double)count);
    return 0;
}
