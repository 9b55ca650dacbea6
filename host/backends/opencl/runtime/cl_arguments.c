#include "backends/opencl/runtime/cl_arguments.h"
#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/runtime/cl_program_state.h"
#include "base/error.h"
#include "problem/problem.h"

#include <string.h>

static cl_uint expected_count(const gf_problem *problem) {
    return problem->buffer_count + problem->scalar_count + (problem->steps > 0 ? 1U : 0U);
}

static gf_status check_name(const gf_program *program, cl_uint index, const char *expected,
                            gf_error *error) {
    char name[128] = "";
    const cl_int code =
        clGetKernelArgInfo(program->kernel, index, CL_KERNEL_ARG_NAME, sizeof name - 1, name, NULL);
    /* Some drivers keep no names. Names longer than the buffer cannot match ours. */
    if (code != CL_SUCCESS && code != CL_INVALID_VALUE)
        return GF_OK;
    /* PoCL prefixes names that are also built-in functions. */
    const char *const prefix = "_cl_";
    const bool renamed = strncmp(name, prefix, strlen(prefix)) == 0;
    if (code == CL_SUCCESS && strcmp(renamed ? name + strlen(prefix) : name, expected) == 0)
        return GF_OK;
    return gf_error_set(error, GF_FAILED,
                        "parameter %u of kernel %s is \"%s\" where workload %s passes \"%s\"; "
                        "make %s.cl and the descriptor agree",
                        index, program->plan.kernel, name, program->problem->workload->name,
                        expected, program->problem->workload->name);
}

gf_status gf_cl_check_arguments(const gf_program *program, gf_error *error) {
    const gf_problem *problem = program->problem;
    cl_uint count = 0;
    const cl_int code =
        clGetKernelInfo(program->kernel, CL_KERNEL_NUM_ARGS, sizeof count, &count, NULL);
    if (code != CL_SUCCESS)
        return gf_cl_check(error, code, "asking for the parameters of kernel %s",
                           program->plan.kernel);
    if (count != expected_count(problem))
        return gf_error_set(error, GF_FAILED,
                            "kernel %s has %u parameters where workload %s passes %u: %u buffers, "
                            "%u scalars%s; make %s.cl and the descriptor agree",
                            program->plan.kernel, count, problem->workload->name,
                            expected_count(problem), problem->buffer_count, problem->scalar_count,
                            problem->steps > 0 ? ", steps" : "", problem->workload->name);
    gf_status status = GF_OK;
    for (uint32_t i = 0; i < problem->scalar_count && status == GF_OK; i++)
        status = check_name(program, problem->buffer_count + i, problem->scalars[i].name, error);
    if (problem->steps > 0 && status == GF_OK)
        status = check_name(program, count - 1, "steps", error);
    return status;
}

static gf_status set_argument(const gf_program *program, cl_uint index, size_t size,
                              const void *value, const char *name, gf_error *error) {
    const cl_int code = clSetKernelArg(program->kernel, index, size, value);
    return gf_cl_check(error, code, "setting argument %u (%s) of kernel %s", index, name,
                       program->plan.kernel);
}

static gf_status set_real(const gf_program *program, cl_uint index, const gf_scalar *scalar,
                          gf_error *error) {
    if (program->problem->precision == GF_PRECISION_F64) {
        const cl_double value = scalar->value.f64;
        return set_argument(program, index, sizeof value, &value, scalar->name, error);
    }
    const gf_pair pair = gf_pair_split(scalar->value.f64);
    const cl_float2 value = {.s = {pair.high, pair.low}};
    return set_argument(program, index, sizeof value, &value, scalar->name, error);
}

static gf_status set_scalar(const gf_program *program, cl_uint index, const gf_scalar *scalar,
                            gf_error *error) {
    switch (scalar->type) {
    case GF_TYPE_F64:
        return set_real(program, index, scalar, error);
    case GF_TYPE_U32:
        return set_argument(program, index, sizeof(cl_uint), &scalar->value.u32, scalar->name,
                            error);
    case GF_TYPE_U64:
        return set_argument(program, index, sizeof(cl_ulong), &scalar->value.u64, scalar->name,
                            error);
    default:
        return gf_error_set(error, GF_FAILED,
                            "scalar %s has type %s; OpenCL kernels take reals, u32 and u64",
                            scalar->name, gf_type_name(scalar->type));
    }
}

gf_status gf_cl_set_scalars(const gf_program *program, gf_error *error) {
    const gf_problem *problem = program->problem;
    gf_status status = GF_OK;
    for (uint32_t i = 0; i < problem->scalar_count && status == GF_OK; i++)
        status = set_scalar(program, problem->buffer_count + i, &problem->scalars[i], error);
    return status;
}

gf_status gf_cl_set_buffers(const gf_program *program, const cl_mem *memories, bool swapped,
                            gf_error *error) {
    const gf_problem *problem = program->problem;
    gf_status status = GF_OK;
    for (uint32_t i = 0; i < problem->buffer_count && status == GF_OK; i++) {
        uint32_t from = i;
        if (swapped && i == problem->result)
            from = problem->partner;
        else if (swapped && i == problem->partner)
            from = problem->result;
        status = set_argument(program, i, sizeof(cl_mem), &memories[from], problem->buffers[i].name,
                              error);
    }
    return status;
}

gf_status gf_cl_set_steps(const gf_program *program, uint32_t steps, gf_error *error) {
    const cl_uint value = steps;
    return set_argument(program, expected_count(program->problem) - 1, sizeof value, &value,
                        "steps", error);
}
