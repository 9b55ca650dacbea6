/* Limits that no OpenCL program on this machine can beat, for each device: the time of an empty
 * kernel and, on a device with memory of its own, the rate of a raw copy from and to pinned memory.
 * Prints one JSON array. Drivers may hang or end the process, so the benchmark sets a time limit.
 *
 * Usage: opencl_ceilings COPY_MIB SAMPLES
 */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_PLATFORMS 16
#define MAX_DEVICES   64
#define MAX_SAMPLES   100
#define LAUNCHES      200 /* empty kernels in a sample */

static const char source[] = "kernel void empty(void) {}\n";

typedef struct session {
    cl_context context;
    cl_command_queue queue;
    cl_program program;
    cl_kernel kernel;
    cl_mem pinned, buffer;
    void *host;
} session;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Returns whether the call succeeded; if not, prints the reason in place of a figure. */
static bool succeeded(const char *call, cl_int code) {
    if (code != CL_SUCCESS)
        printf(", \"failed\": \"%s: OpenCL error %d\"", call, (int)code);
    return code == CL_SUCCESS;
}

static void print_text(const char *name, cl_device_id device, cl_device_info what) {
    char text[256] = "";
    if (clGetDeviceInfo(device, what, sizeof text, text, NULL) != CL_SUCCESS)
        snprintf(text, sizeof text, "not known");
    printf(", \"%s\": \"", name);
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c >= ' ' && *c != '"' && *c != '\\')
            putchar(*c);
    }
    printf("\"");
}

static bool has_own_memory(cl_device_id device) {
    cl_bool unified = CL_TRUE;
    clGetDeviceInfo(device, CL_DEVICE_HOST_UNIFIED_MEMORY, sizeof unified, &unified, NULL);
    return unified == CL_FALSE;
}

static bool open_session(cl_device_id device, session *s) {
    cl_int code = CL_SUCCESS;
    const char *text = source;
    s->context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    if (!succeeded("clCreateContext", code))
        return false;
    s->queue = clCreateCommandQueue(s->context, device, 0, &code);
    if (!succeeded("clCreateCommandQueue", code))
        return false;
    s->program = clCreateProgramWithSource(s->context, 1, &text, NULL, &code);
    if (!succeeded("clCreateProgramWithSource", code) ||
        !succeeded("clBuildProgram", clBuildProgram(s->program, 1, &device, "", NULL, NULL)))
        return false;
    s->kernel = clCreateKernel(s->program, "empty", &code);
    return succeeded("clCreateKernel", code);
}

static void close_session(session *s) {
    if (s->host != NULL)
        clEnqueueUnmapMemObject(s->queue, s->pinned, s->host, 0, NULL, NULL);
    if (s->queue != NULL)
        clFinish(s->queue);
    if (s->buffer != NULL)
        clReleaseMemObject(s->buffer);
    if (s->pinned != NULL)
        clReleaseMemObject(s->pinned);
    if (s->kernel != NULL)
        clReleaseKernel(s->kernel);
    if (s->program != NULL)
        clReleaseProgram(s->program);
    if (s->queue != NULL)
        clReleaseCommandQueue(s->queue);
    if (s->context != NULL)
        clReleaseContext(s->context);
}

/* Seconds for one of LAUNCHES empty kernels, waiting for each or for all; below 0: failed. */
static double launch_time(const session *s, bool wait_for_each) {
    const size_t one = 1;
    const double start = now();
    for (int i = 0; i < LAUNCHES; i++) {
        if (clEnqueueNDRangeKernel(s->queue, s->kernel, 1, NULL, &one, &one, 0, NULL, NULL) !=
                CL_SUCCESS ||
            (wait_for_each && clFinish(s->queue) != CL_SUCCESS))
            return -1;
    }
    return clFinish(s->queue) == CL_SUCCESS ? (now() - start) / LAUNCHES : -1;
}

static void print_launches(const session *s, const char *name, bool wait_for_each, int samples) {
    launch_time(s, wait_for_each); /* drivers compile at the first launch */
    printf(", \"%s\": [", name);
    for (int i = 0; i < samples; i++)
        printf("%s%.3f", i == 0 ? "" : ", ", 1e6 * launch_time(s, wait_for_each));
    printf("]");
}

static bool make_buffers(session *s, size_t bytes) {
    cl_int code = CL_SUCCESS;
    s->pinned = clCreateBuffer(s->context, CL_MEM_ALLOC_HOST_PTR, bytes, NULL, &code);
    if (!succeeded("clCreateBuffer", code))
        return false;
    s->host = clEnqueueMapBuffer(s->queue, s->pinned, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0, bytes,
                                 0, NULL, NULL, &code);
    if (!succeeded("clEnqueueMapBuffer", code))
        return false;
    memset(s->host, 1, bytes);
    s->buffer = clCreateBuffer(s->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    return succeeded("clCreateBuffer", code);
}

/* GB/s of one copy up or down; below 0: failed. */
static double copy_rate(const session *s, size_t bytes, bool up) {
    const double start = now();
    const cl_int code =
        up ? clEnqueueWriteBuffer(s->queue, s->buffer, CL_TRUE, 0, bytes, s->host, 0, NULL, NULL)
           : clEnqueueReadBuffer(s->queue, s->buffer, CL_TRUE, 0, bytes, s->host, 0, NULL, NULL);
    return code == CL_SUCCESS ? (double)bytes / (now() - start) / 1e9 : -1;
}

static void print_copies(const session *s, size_t bytes, int samples) {
    for (int up = 1; up >= 0; up--) {
        copy_rate(s, bytes, up != 0);
        printf(", \"%s\": [", up ? "pinned_write_gbs" : "pinned_read_gbs");
        for (int i = 0; i < samples; i++)
            printf("%s%.3f", i == 0 ? "" : ", ", copy_rate(s, bytes, up != 0));
        printf("]");
    }
}

static void print_device(cl_device_id device, size_t copy_bytes, int samples) {
    session s = {0};
    if (open_session(device, &s)) {
        print_launches(&s, "launch_and_wait_us", true, samples);
        print_launches(&s, "launch_in_a_row_us", false, samples);
        if (!has_own_memory(device))
            printf(", \"pinned_copy\": \"no copy: the device shares the host's memory\"");
        else if (make_buffers(&s, copy_bytes))
            print_copies(&s, copy_bytes, samples);
    }
    close_session(&s);
}

static int read_count(const char *text, int most) {
    char *end = NULL;
    const long value = strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < 1 || value > most) {
        fprintf(stderr, "opencl_ceilings: %s: give a number from 1 to %d\n", text, most);
        exit(2);
    }
    return (int)value;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "Usage: opencl_ceilings COPY_MIB SAMPLES\n");
        return 2;
    }
    const size_t copy_bytes = (size_t)read_count(argv[1], 1 << 14) << 20;
    const int samples = read_count(argv[2], MAX_SAMPLES);
    cl_platform_id platforms[MAX_PLATFORMS];
    cl_uint platform_count = 0;
    if (clGetPlatformIDs(MAX_PLATFORMS, platforms, &platform_count) != CL_SUCCESS)
        platform_count = 0;
    if (platform_count > MAX_PLATFORMS)
        platform_count = MAX_PLATFORMS;
    printf("[");
    for (cl_uint p = 0, first = 1; p < platform_count; p++) {
        cl_device_id devices[MAX_DEVICES];
        cl_uint count = 0;
        if (clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, MAX_DEVICES, devices, &count) !=
            CL_SUCCESS)
            continue;
        for (cl_uint d = 0; d < count && d < MAX_DEVICES; d++, first = 0) {
            printf("%s{\"id\": \"%u:%u\"", first ? "" : ", ", (unsigned)p, (unsigned)d);
            print_text("name", devices[d], CL_DEVICE_NAME);
            print_text("driver", devices[d], CL_DRIVER_VERSION);
            print_device(devices[d], copy_bytes, samples);
            printf("}");
        }
    }
    printf("]\n");
    return 0;
}
