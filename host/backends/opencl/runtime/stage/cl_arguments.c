#include "backends/opencl/runtime/stage/cl_arguments.h"
#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/runtime/stage/cl_signature.h"
#include "base/error.h"
#include "problem/problem.h"

#include <string.h>

static cl_uint expected_count(const gf_problem *problem) {
    return problem->buffer_count + problem->scalar_count + (problem->steps > 0 ? 1U : 0U);
}

static gf_status check_name(const gf_program *program, const gf_cl_stage *stage, cl_uint index,
                            const char *expected, gf_error *error) {
    char name[GF_CL_NAME] = "";
    if (!gf_cl_parameter_name(stage->kernel, index, name) || strcmp(name, expected) == 0)
        return GF_OK;
    return gf_error_set(error, GF_FAILED,
                        "parameter %u of kernel %s is \"%s\" where workload %s passes \"%s\"; "
                        "make %s.cl and the descriptor agree",
                        index, stage->plan.kernel, name, program->problem->workload->name, expected,
                        program->problem->workload->name);
}

/* The order that the descriptor sets. */
static gf_status check_order(const gf_program *program, const gf_cl_stage *stage, cl_uint count,
                             gf_error *error) {
    const gf_problem *problem = program->problem;
    if (count != expected_count(problem))
        return gf_error_set(error, GF_FAILED,
                            "kernel %s has %u parameters where workload %s passes %u: %u buffers, "
                            "%u scalars%s; make %s.cl and the descriptor agree",
                            stage->plan.kernel, count, problem->workload->name,
                            expected_count(problem), problem->buffer_count, problem->scalar_count,
                            problem->steps > 0 ? ", steps" : "", problem->workload->name);
    gf_status status = GF_OK;
    for (uint32_t i = 0; i < problem->scalar_count && status == GF_OK; i++)
        status =
            check_name(program, stage, problem->buffer_count + i, problem->scalars[i].name, error);
    if (problem->steps > 0 && status == GF_OK)
        status = check_name(program, stage, count - 1, "steps", error);
    return status;
}

gf_status gf_cl_check_arguments(const gf_program *program, gf_cl_stage *stage, gf_error *error) {
    cl_uint count = 0;
    const cl_int code =
        clGetKernelInfo(stage->kernel, CL_KERNEL_NUM_ARGS, sizeof count, &count, NULL);
    if (code != CL_SUCCESS)
        return gf_cl_check(error, code, "asking for the parameters of kernel %s",
                           stage->plan.kernel);
    if (program->variant->pass == NULL)
        return check_order(program, stage, count, error);
    const gf_status status = program->variant->pass(program->problem, 0, &stage->plan, error);
    return status == GF_OK ? gf_cl_check_signature(stage->kernel, &stage->plan, count, error)
                           : status;
}

static gf_status set_argument(const gf_cl_stage *stage, cl_uint index, size_t size,
                              const void *value, const char *name, gf_error *error) {
    const cl_int code = clSetKernelArg(stage->kernel, index, size, value);
    return gf_cl_check(error, code, "setting argument %u (%s) of kernel %s", index, name,
                       stage->plan.kernel);
}

static gf_status set_real(const gf_program *program, const gf_cl_stage *stage, cl_uint index,
                          const gf_scalar *scalar, gf_error *error) {
    if (program->problem->precision == GF_PRECISION_F64) {
        const cl_double value = scalar->value.f64;
        return set_argument(stage, index, sizeof value, &value, scalar->name, error);
    }
    const gf_pair pair = gf_pair_split(scalar->value.f64);
    const cl_float2 value = {.s = {pair.high, pair.low}};
    return set_argument(stage, index, sizeof value, &value, scalar->name, error);
}

static gf_status set_scalar(const gf_program *program, const gf_cl_stage *stage, cl_uint index,
                            const gf_scalar *scalar, gf_error *error) {
    switch (scalar->type) {
    case GF_TYPE_F64:
        return set_real(program, stage, index, scalar, error);
    case GF_TYPE_U32:
        return set_argument(stage, index, sizeof(cl_uint), &scalar->value.u32, scalar->name, error);
    case GF_TYPE_U64:
        return set_argument(stage, index, sizeof(cl_ulong), &scalar->value.u64, scalar->name,
                            error);
    default:
        return gf_error_set(error, GF_FAILED,
                            "scalar %s has type %s; OpenCL kernels take reals, u32 and u64",
                            scalar->name, gf_type_name(scalar->type));
    }
}

static gf_status set_scalars(const gf_program *program, const gf_cl_stage *stage, gf_error *error) {
    const gf_problem *problem = program->problem;
    gf_status status = GF_OK;
    for (uint32_t i = 0; i < problem->scalar_count && status == GF_OK; i++)
        status = set_scalar(program, stage, problem->buffer_count + i, &problem->scalars[i], error);
    return status;
}

gf_status gf_cl_set_values(const gf_program *program, gf_cl_stage *stage, uint64_t step,
                           gf_error *error) {
    if (program->variant->pass == NULL)
        return set_scalars(program, stage, error);
    gf_status status = program->variant->pass(program->problem, step, &stage->plan, error);
    for (uint32_t i = 0; i < stage->plan.argument_count && status == GF_OK; i++) {
        const gf_ndrange_argument *argument = &stage->plan.arguments[i];
        if (argument->passing == GF_PASS_VALUE)
            status =
                set_argument(stage, i, argument->bytes, &argument->value, argument->name, error);
        else if (argument->passing == GF_PASS_LOCAL_MEMORY)
            status = set_argument(stage, i, argument->bytes, NULL, argument->name, error);
    }
    return status;
}

/* The buffer that holds the content of buffer `index`. */
static uint32_t content_of(const gf_problem *problem, uint32_t index, bool swapped) {
    if (swapped && index == problem->result)
        return problem->partner;
    return swapped && index == problem->partner ? problem->result : index;
}

gf_status gf_cl_set_buffers(const gf_program *program, const gf_cl_stage *stage,
                            const cl_mem *memories, bool swapped, gf_error *error) {
    const gf_problem *problem = program->problem;
    const bool passed = program->variant->pass != NULL;
    const uint32_t count = passed ? stage->plan.argument_count : problem->buffer_count;
    gf_status status = GF_OK;
    for (uint32_t i = 0; i < count && status == GF_OK; i++) {
        if (passed && stage->plan.arguments[i].passing != GF_PASS_BUFFER)
            continue;
        const uint32_t buffer = passed ? stage->plan.arguments[i].buffer : i;
        status =
            set_argument(stage, i, sizeof(cl_mem), &memories[content_of(problem, buffer, swapped)],
                         problem->buffers[buffer].name, error);
    }
    return status;
}

gf_status gf_cl_set_steps(const gf_program *program, const gf_cl_stage *stage, uint32_t steps,
                          gf_error *error) {
    const cl_uint value = steps;
    if (program->variant->pass != NULL)
        return GF_OK;
    return set_argument(stage, expected_count(program->problem) - 1, sizeof value, &value, "steps",
                        error);
}
