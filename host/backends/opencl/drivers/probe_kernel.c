#include "backends/opencl/drivers/probe_kernel.h"
#include "backends/opencl/cl/cl_query.h"
#include "base/array.h"

#include <stdio.h>
#include <time.h>

#define ELEMENTS 256 /* of the test vectors */

typedef struct kernel_objects {
    cl_context context;
    cl_command_queue queue;
    cl_program program;
    cl_kernel kernel;
    cl_mem a, b, sum;
} kernel_objects;

/* A constant that is new each time makes the kernel new to every cache. */
static const char source_format[] = "__constant uint gf_nonce = %luu;\n"
                                    "__kernel void gf_probe(__global const float *a,\n"
                                    "    __global const float *b, __global float *sum) {\n"
                                    "    size_t i = get_global_id(0);\n"
                                    "    sum[i] = a[i] + b[i] + (gf_nonce == 1u ? 1.0f : 0.0f);\n"
                                    "}\n";

static const char fma_source[] = "__kernel void gf_probe(__global const float *a,\n"
                                 "    __global const float *b, __global float *sum) {\n"
                                 "    size_t i = get_global_id(0);\n"
                                 "    sum[i] = fma(a[i], 1.0f, b[i]);\n"
                                 "}\n";

#define KNOWN_NONCE 2UL /* the same in every run, so that this kernel gets into caches */

static unsigned long fresh_nonce(void) {
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    const unsigned long mixed = (unsigned long)now.tv_nsec ^ ((unsigned long)now.tv_sec << 12);
    return (mixed & 0x7fffffffUL) | 4; /* fits a uint, and is neither 1 nor the known one */
}

static bool has_failed(gf_probe_kernel *test, const char *what, cl_int code) {
    if (code == CL_SUCCESS)
        return false;
    test->failed = what;
    test->code = code;
    return true;
}

static bool make_context(gf_probe_kernel *test, kernel_objects *made) {
    test->enter_stage(test->context, "context");
    cl_int code;
    made->context = clCreateContext(NULL, 1, &test->device, NULL, NULL, &code);
    if (has_failed(test, "clCreateContext", code))
        return false;
    made->queue = clCreateCommandQueue(made->context, test->device, 0, &code);
    return !has_failed(test, "clCreateCommandQueue", code);
}

static bool compile_kernel(gf_probe_kernel *test, kernel_objects *made, const char *source) {
    test->enter_stage(test->context, "compile");
    cl_int code;
    made->program = clCreateProgramWithSource(made->context, 1, &source, NULL, &code);
    if (has_failed(test, "clCreateProgramWithSource", code))
        return false;
    code = clBuildProgram(made->program, 1, &test->device, "", NULL, NULL);
    if (has_failed(test, "clBuildProgram", code)) {
        test->log = gf_cl_build_log(made->program, test->device);
        return false;
    }
    made->kernel = clCreateKernel(made->program, "gf_probe", &code);
    return !has_failed(test, "clCreateKernel", code);
}

static bool make_buffers(gf_probe_kernel *test, kernel_objects *made, float *a, float *b) {
    const size_t bytes = ELEMENTS * sizeof(float);
    const cl_mem_flags input = CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR;
    cl_int code;
    made->a = clCreateBuffer(made->context, input, bytes, a, &code);
    if (code == CL_SUCCESS)
        made->b = clCreateBuffer(made->context, input, bytes, b, &code);
    if (code == CL_SUCCESS)
        made->sum = clCreateBuffer(made->context, CL_MEM_WRITE_ONLY, bytes, NULL, &code);
    if (has_failed(test, "clCreateBuffer", code))
        return false;
    const cl_mem arguments[] = {made->a, made->b, made->sum};
    for (cl_uint i = 0; i < GF_COUNT_OF(arguments) && code == CL_SUCCESS; i++)
        code = clSetKernelArg(made->kernel, i, sizeof(cl_mem), &arguments[i]);
    return !has_failed(test, "clSetKernelArg", code);
}

/* a + b with whole numbers, which every float type adds exactly. */
static bool run_and_verify(gf_probe_kernel *test, kernel_objects *made) {
    float a[ELEMENTS], b[ELEMENTS], sum[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++) {
        a[i] = (float)i;
        b[i] = (float)(3 * i + 1);
        sum[i] = -1.0f;
    }
    test->enter_stage(test->context, "run");
    if (!make_buffers(test, made, a, b))
        return false;
    const size_t global = ELEMENTS;
    cl_int code =
        clEnqueueNDRangeKernel(made->queue, made->kernel, 1, NULL, &global, NULL, 0, NULL, NULL);
    if (has_failed(test, "clEnqueueNDRangeKernel", code) ||
        has_failed(test, "clFinish", clFinish(made->queue)))
        return false;
    test->enter_stage(test->context, "verify");
    code = clEnqueueReadBuffer(made->queue, made->sum, CL_TRUE, 0, sizeof sum, sum, 0, NULL, NULL);
    if (has_failed(test, "clEnqueueReadBuffer", code))
        return false;
    for (int i = 0; i < ELEMENTS; i++) {
        if (sum[i] != (float)(4 * i + 1)) {
            test->failed = "a test kernel computed a wrong result";
            return false;
        }
    }
    return true;
}

static void release_objects(kernel_objects *made) {
    const cl_mem memories[] = {made->a, made->b, made->sum};
    for (size_t i = 0; i < GF_COUNT_OF(memories); i++)
        if (memories[i] != NULL)
            clReleaseMemObject(memories[i]);
    if (made->kernel != NULL)
        clReleaseKernel(made->kernel);
    if (made->program != NULL)
        clReleaseProgram(made->program);
    if (made->queue != NULL)
        clReleaseCommandQueue(made->queue);
    if (made->context != NULL)
        clReleaseContext(made->context);
}

static bool try_source(gf_probe_kernel *test, const char *source) {
    kernel_objects made = {0};
    const bool works = make_context(test, &made) && compile_kernel(test, &made, source) &&
                       run_and_verify(test, &made);
    release_objects(&made);
    return works;
}

static bool try_kernel(gf_probe_kernel *test, unsigned long nonce) {
    char source[sizeof source_format + 24];
    snprintf(source, sizeof source, source_format, nonce);
    return try_source(test, source);
}

/* The known kernel comes out of the driver's cache, if it has one, and shows whether that is
 * intact; the fresh one shows whether the compiler works and the cache has room. */
bool gf_probe_kernel_run(gf_probe_kernel *test) {
    return try_kernel(test, KNOWN_NONCE) && (!test->fresh || try_kernel(test, fresh_nonce()));
}

bool gf_probe_kernel_fma(gf_probe_kernel *test) {
    return try_source(test, fma_source);
}
