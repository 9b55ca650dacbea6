/* What a launch costs on each GPU, without gpufare: a row of launches of one kernel, in turns on a
 * queue with and without profiling, with an event for each launch, for the last one, or none.
 * Prints one JSON array, with an array for each device; times are microseconds a launch, medians of
 * SAMPLES rows.
 *
 * Usage: launches LAUNCHES SAMPLES
 */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MAX_LAUNCHES 10000
#define MAX_SAMPLES  101
#define MAX_DEVICES  64

static const char source[] = "kernel void add(global float *a, uint rounds) {\n"
                             "    size_t i = get_global_id(0);\n"
                             "    float x = a[i];\n"
                             "    for (uint r = 0; r < rounds; r++)\n"
                             "        x = x * 0.999f + 0.001f;\n"
                             "    a[i] = x;\n"
                             "}\n";

typedef enum events { EVENTS_NONE, EVENTS_LAST, EVENTS_ALL } events;
static const char *const event_names[] = {"none", "last", "all"};

typedef struct bench {
    cl_context context;
    cl_kernel kernel;
    cl_mem buffer;
    cl_command_queue queues[2]; /* without and with profiling */
} bench;

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static void check(const char *call, cl_int code) {
    if (code == CL_SUCCESS)
        return;
    fprintf(stderr, "launches: %s: OpenCL error %d\n", call, (int)code);
    exit(1);
}

/* The time of a row of launches, from the first call to the end of the last kernel. */
static double row_us(const bench *b, cl_command_queue queue, events wanted, size_t launches) {
    static cl_event kept[MAX_LAUNCHES];
    const size_t items = 1 << 20, group = 256;
    check("clFinish", clFinish(queue));
    const double begin = now_us();
    for (size_t i = 0; i < launches; i++) {
        const bool has_event = wanted == EVENTS_ALL || (wanted == EVENTS_LAST && i + 1 == launches);
        check("clEnqueueNDRangeKernel",
              clEnqueueNDRangeKernel(queue, b->kernel, 1, NULL, &items, &group, 0, NULL,
                                     has_event ? &kept[i] : NULL));
    }
    check("clFinish", clFinish(queue));
    const double end = now_us();
    for (size_t i = 0; i < launches; i++) {
        if (wanted == EVENTS_ALL || (wanted == EVENTS_LAST && i + 1 == launches))
            check("clReleaseEvent", clReleaseEvent(kept[i]));
    }
    return end - begin;
}

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Rows of all six kinds take turns, so that a change of the clock meets them all. */
static void measure(const bench *b, cl_uint rounds, size_t launches, size_t samples) {
    static double times[2][3][MAX_SAMPLES];
    check("clSetKernelArg", clSetKernelArg(b->kernel, 1, sizeof rounds, &rounds));
    for (size_t s = 0; s <= samples; s++) { /* the first ones warm up */
        for (size_t q = 0; q < 2; q++) {
            for (size_t e = 0; e < 3; e++)
                times[q][e][s == 0 ? 0 : s - 1] =
                    row_us(b, b->queues[q], (events)e, launches) / (double)launches;
        }
    }
    printf(", {\"rounds\": %u", rounds);
    for (size_t q = 0; q < 2; q++) {
        for (size_t e = 0; e < 3; e++) {
            qsort(times[q][e], samples, sizeof times[q][e][0], by_value);
            printf(", \"%s, events: %s\": %.3f", q == 0 ? "plain" : "profiling", event_names[e],
                   times[q][e][samples / 2]);
        }
    }
    printf("}");
}

static void set_up(bench *b, cl_device_id device) {
    cl_int code = CL_SUCCESS;
    const char *text = source;
    const size_t bytes = sizeof(float) << 20;
    b->context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    check("clCreateContext", code);
    for (size_t q = 0; q < 2; q++) {
        b->queues[q] =
            clCreateCommandQueue(b->context, device, q == 0 ? 0 : CL_QUEUE_PROFILING_ENABLE, &code);
        check("clCreateCommandQueue", code);
    }
    cl_program program = clCreateProgramWithSource(b->context, 1, &text, NULL, &code);
    check("clCreateProgramWithSource", code);
    check("clBuildProgram", clBuildProgram(program, 1, &device, "", NULL, NULL));
    b->kernel = clCreateKernel(program, "add", &code);
    check("clCreateKernel", code);
    b->buffer = clCreateBuffer(b->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    check("clCreateBuffer", code);
    check("clSetKernelArg", clSetKernelArg(b->kernel, 0, sizeof b->buffer, &b->buffer));
    check("clReleaseProgram", clReleaseProgram(program));
}

static void tear_down(bench *b) {
    clReleaseMemObject(b->buffer);
    clReleaseKernel(b->kernel);
    clReleaseCommandQueue(b->queues[0]);
    clReleaseCommandQueue(b->queues[1]);
    clReleaseContext(b->context);
}

static void run_device(cl_device_id device, bool first, size_t launches, size_t samples) {
    char name[256] = "";
    bench b = {0};
    check("clGetDeviceInfo", clGetDeviceInfo(device, CL_DEVICE_NAME, sizeof name, name, NULL));
    set_up(&b, device);
    printf("%s[{\"device\": \"%s\", \"launches\": %zu, \"samples\": %zu}", first ? "" : ",\n", name,
           launches, samples);
    for (cl_uint rounds = 1; rounds <= 1000; rounds *= 10)
        measure(&b, rounds, launches, samples);
    printf("]");
    fflush(stdout);
    tear_down(&b);
}

int main(int argc, char **argv) {
    const size_t launches = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
    const size_t samples = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    cl_platform_id platforms[16];
    cl_uint platform_count = 0, run = 0;
    if (launches < 1 || launches > MAX_LAUNCHES || samples < 1 || samples > MAX_SAMPLES) {
        fprintf(stderr, "usage: launches LAUNCHES SAMPLES; up to %d and %d\n", MAX_LAUNCHES,
                MAX_SAMPLES);
        return 2;
    }
    check("clGetPlatformIDs", clGetPlatformIDs(16, platforms, &platform_count));
    printf("[");
    for (cl_uint p = 0; p < platform_count && p < 16; p++) {
        cl_device_id devices[MAX_DEVICES];
        cl_uint count = 0;
        if (clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_GPU, MAX_DEVICES, devices, &count) !=
            CL_SUCCESS)
            continue;
        for (cl_uint d = 0; d < count && d < MAX_DEVICES; d++)
            run_device(devices[d], run++ == 0, launches, samples);
    }
    printf("]\n");
    return 0;
}
