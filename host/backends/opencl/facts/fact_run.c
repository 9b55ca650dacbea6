#include "backends/opencl/facts/fact_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/cl/cl_query.h"
#include "device/kernel_sources.h"

#define FILE_NAME "facts.cl"

/* ---- Compiling --------------------------------------------------------- */

/* The first line of the log that says what is wrong, or the code. */
static void note_refusal(gf_fact_kernel *made, cl_device_id id, cl_int code) {
    char *log = gf_cl_build_log(made->program, id);
    const char *line = log == NULL ? NULL : strstr(log, "error: ");
    line = line == NULL ? log : line + strlen("error: ");
    if (line == NULL || line[strcspn(line, "\n")] == '\0')
        line = NULL;
    if (line != NULL)
        snprintf(made->trouble, sizeof made->trouble, "does not compile: %.*s",
                 (int)strcspn(line, "\n"), line);
    else
        snprintf(made->trouble, sizeof made->trouble, "does not compile: %s",
                 gf_cl_error_name(code));
    free(log);
}

static void note_failure(gf_fact_kernel *made, const char *what, cl_int code) {
    snprintf(made->trouble, sizeof made->trouble, "%s: %s", what, gf_cl_error_name(code));
}

gf_fact_kernel gf_fact_compile(const gf_fact_bench *bench, const char *name, const char *options) {
    gf_fact_kernel made = {.compiles = true};
    const gf_embedded_file *source = gf_embedded_file_find(gf_kernel_sources, FILE_NAME);
    if (source == NULL) {
        snprintf(made.trouble, sizeof made.trouble, "this build has no %s", FILE_NAME);
        return made;
    }
    const char *text = (const char *)source->bytes;
    char all[160];
    cl_int code = CL_SUCCESS;
    made.program = clCreateProgramWithSource(bench->context, 1, &text, &source->length, &code);
    if (code != CL_SUCCESS) {
        note_failure(&made, "making a program", code);
        return made;
    }
    snprintf(all, sizeof all, "-cl-std=CL1.2 %s", options);
    code = clBuildProgram(made.program, 1, &bench->id, all, NULL, NULL);
    if (code != CL_SUCCESS) {
        made.compiles = false;
        note_refusal(&made, bench->id, code);
        return made;
    }
    made.kernel = clCreateKernel(made.program, name, &code);
    if (code != CL_SUCCESS) {
        made.kernel = NULL;
        note_failure(&made, "making a kernel", code);
    }
    return made;
}

cl_program gf_fact_compile_limits(const gf_fact_bench *bench) {
    gf_fact_kernel made =
        gf_fact_compile(bench, "gf_fact_loops", "-D GF_LOOPS -D GF_LOCAL_MEMORY -D GF_WORK_GROUP");
    const cl_program program = made.kernel != NULL ? made.program : NULL;
    if (program != NULL)
        made.program = NULL;
    gf_fact_release(&made);
    return program;
}

gf_fact_kernel gf_fact_limit_kernel(const gf_fact_bench *bench, const char *name,
                                    const char *options) {
    gf_fact_kernel made = {.compiles = true};
    if (bench->limits != NULL)
        made.kernel = clCreateKernel(bench->limits, name, NULL);
    return made.kernel != NULL ? made : gf_fact_compile(bench, name, options);
}

void gf_fact_release(gf_fact_kernel *kernel) {
    if (kernel->kernel != NULL)
        clReleaseKernel(kernel->kernel);
    if (kernel->program != NULL)
        clReleaseProgram(kernel->program);
    *kernel = (gf_fact_kernel){.compiles = false};
}

/* ---- Running ----------------------------------------------------------- */

/* The memory behind `in` and behind `out`, which kernels may use twice as long. */
typedef struct memories {
    cl_mem in, out;
} memories;

static cl_int make_memories(const gf_fact_bench *bench, const gf_fact_launch *launch,
                            memories *made) {
    cl_int code = CL_SUCCESS;
    /* Only read: the flag makes the driver copy it. */
    made->in =
        clCreateBuffer(bench->context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR,
                       launch->in_count * sizeof(uint64_t), (void *)(uintptr_t)launch->in, &code);
    if (code == CL_SUCCESS)
        made->out = clCreateBuffer(bench->context, CL_MEM_READ_WRITE,
                                   2 * launch->out_count * sizeof(uint64_t), NULL, &code);
    return code;
}

static cl_int set_arguments(const gf_fact_kernel *kernel, const gf_fact_launch *launch,
                            const memories *made) {
    cl_int code = clSetKernelArg(kernel->kernel, 0, sizeof made->in, &made->in);
    if (code == CL_SUCCESS)
        code = clSetKernelArg(kernel->kernel, 1, sizeof made->out, &made->out);
    if (code == CL_SUCCESS && launch->local_bytes > 0)
        code = clSetKernelArg(kernel->kernel, 2, launch->local_bytes, NULL);
    return code;
}

cl_int gf_fact_launch_kernel(const gf_fact_bench *bench, const gf_fact_kernel *kernel,
                             const gf_fact_launch *launch) {
    memories made = {NULL, NULL};
    cl_int code = make_memories(bench, launch, &made);
    if (code == CL_SUCCESS)
        code = set_arguments(kernel, launch, &made);
    if (code == CL_SUCCESS)
        code = clEnqueueNDRangeKernel(bench->queue, kernel->kernel, 1, NULL, &launch->global,
                                      launch->local == 0 ? NULL : &launch->local, 0, NULL, NULL);
    if (code == CL_SUCCESS)
        code =
            clEnqueueReadBuffer(bench->queue, made.out, CL_TRUE, 0,
                                launch->out_count * sizeof(uint64_t), launch->out, 0, NULL, NULL);
    if (code != CL_SUCCESS)
        (void)clFinish(bench->queue);
    if (made.in != NULL)
        clReleaseMemObject(made.in);
    if (made.out != NULL)
        clReleaseMemObject(made.out);
    return code;
}

void gf_fact_format_code(cl_int code, char *text, size_t size) {
    snprintf(text, size, "%s (%d)", gf_cl_error_name(code), code);
}
