#include "backends/opencl/runtime/cl_build.h"
#include "backends/opencl/cl/cl_device.h"
#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/cl/cl_query.h"
#include "backends/opencl/runtime/cl_program_state.h"
#include "base/error.h"
#include "device/kernel_sources.h"
#include "os/store.h"
#include "problem/facts/needs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* GF_FMA of problem/ndrange_plan.h. */
static int fma_level(const gf_program *program) {
    const gf_device_info *info = &program->device->info;
    if (gf_has_exact_fma(program->problem, info))
        return 2;
    return gf_has_fma(program->problem, info) ? 1 : 0;
}

static gf_status make_options(gf_program *program, gf_error *error) {
    static const char format[] =
        "-cl-std=CL1.2 -cl-kernel-arg-info -D GF_REAL_BITS=%d -D GF_RELAXED=%d -D GF_FMA=%d %s %s";
    const gf_problem *problem = program->problem;
    const bool relaxed = problem->math == GF_MATH_RELAXED;
    const char *contraction = relaxed ? "-cl-mad-enable" : "";
    const size_t size = sizeof format + strlen(contraction) + sizeof program->plan.options;
    program->options = malloc(size);
    if (program->options == NULL)
        return gf_error_no_memory(error, "the build options", size);
    snprintf(program->options, size, format, problem->precision == GF_PRECISION_F64 ? 64 : 32,
             relaxed ? 1 : 0, fma_level(program), contraction, program->plan.options);
    return GF_OK;
}

static const gf_kernel_source *find_source(const char *file) {
    for (size_t i = 0; i < gf_kernel_source_count; i++) {
        if (strcmp(gf_kernel_sources[i].name, file) == 0)
            return &gf_kernel_sources[i];
    }
    return NULL;
}

static const gf_kernel_source *source_of(const gf_workload *workload, char *file, size_t size) {
    snprintf(file, size, "%s.cl", workload->name);
    return find_source(file);
}

uint64_t gf_cl_source_hash(const gf_workload *workload) {
    char file[64];
    const gf_kernel_source *prelude = find_source("prelude.h");
    const gf_kernel_source *source = source_of(workload, file, sizeof file);
    if (prelude == NULL || source == NULL)
        return 0;
    const uint64_t hash = gf_hash_bytes(GF_HASH_START, prelude->bytes, prelude->length);
    return gf_hash_bytes(hash, source->bytes, source->length);
}

static gf_status make_program(gf_program *program, gf_error *error) {
    const gf_cl_device *state = gf_cl_device_of(program->device);
    const gf_workload *workload = program->problem->workload;
    char file[64], mark[96];
    const gf_kernel_source *prelude = find_source("prelude.h");
    const gf_kernel_source *source = source_of(workload, file, sizeof file);
    if (prelude == NULL || source == NULL)
        return gf_error_set(error, GF_UNSUPPORTED, "workload %s has no OpenCL source (%s)",
                            workload->name, file);
    /* So that the compiler's messages have the source's line numbers. */
    snprintf(mark, sizeof mark, "\n#line 1 \"%s\"\n", file);
    const char *texts[] = {(const char *)prelude->bytes, mark, (const char *)source->bytes};
    const size_t lengths[] = {prelude->length, strlen(mark), source->length};
    cl_int code = CL_SUCCESS;
    program->program = clCreateProgramWithSource(state->context, 3, texts, lengths, &code);
    if (code != CL_SUCCESS)
        return gf_cl_check(error, code, "giving %s to device %s", file, state->number);
    program->build_id =
        (gf_build_id){state->name, state->driver, program->options, gf_cl_source_hash(workload)};
    return GF_OK;
}

static gf_status compile_kernel(gf_program *program, gf_error *error) {
    const gf_cl_device *state = gf_cl_device_of(program->device);
    cl_int code = clBuildProgram(program->program, 1, &state->id, program->options, NULL, NULL);
    if (code != CL_SUCCESS) {
        gf_cl_check(error, code, "compiling %s.cl for device %s with \"%s\"",
                    program->problem->workload->name, state->number, program->options);
        char *log = gf_cl_build_log(program->program, state->id);
        gf_error_set_log(error, log);
        free(log);
        return GF_FAILED;
    }
    program->kernel = clCreateKernel(program->program, program->plan.kernel, &code);
    return gf_cl_check(error, code, "taking kernel %s from %s.cl on device %s",
                       program->plan.kernel, program->problem->workload->name, state->number);
}

gf_status gf_cl_build(gf_program *program, gf_error *error) {
    gf_status status = make_options(program, error);
    if (status == GF_OK)
        status = make_program(program, error);
    if (status == GF_OK)
        status = compile_kernel(program, error);
    return status;
}
