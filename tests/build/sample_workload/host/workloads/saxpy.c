/* saxpy: y = a x + y. One pass over memory, one multiplication and one addition for each element:
 * the textbook case of a kernel whose transfers cost more than its computation. */
#include "base/array.h"
#include "problem/elements.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "problem/workload.h"

static const gf_param params[] = {
    {.name = "count",
     .letter = 'n',
     .type = GF_PARAM_UINT,
     .default_text = "1000003",
     .min = 1,
     .max = 4294967295.0,
     .placeholder = "N",
     .unit = "elements",
     .help = "elements of x and of y"},
    {.name = "a",
     .letter = 'a',
     .type = GF_PARAM_REAL,
     .default_text = "2.5",
     .min = -1e6,
     .max = 1e6,
     .placeholder = "A",
     .help = "the factor of x"},
    GF_PARAM_ROW_PRECISION,
    GF_PARAM_ROW_MATH,
};

/* ---- The problem ------------------------------------------------------- */

static gf_type real_type(const gf_problem *problem) {
    return problem->precision == GF_PRECISION_F64 ? GF_TYPE_F64 : GF_TYPE_F32;
}

static gf_status set_up(gf_problem *problem, gf_error *error) {
    const gf_type real = real_type(problem);
    const uint64_t count = gf_params_uint(problem->params, "count");
    gf_status status =
        gf_problem_add_buffer(problem, "x", GF_ACCESS_IN, real, 1, 1, (size_t)count, error);
    if (status == GF_OK)
        status =
            gf_problem_add_buffer(problem, "y", GF_ACCESS_INOUT, real, 1, 1, (size_t)count, error);
    if (status != GF_OK)
        return status;
    problem->result = 1;
    gf_problem_add_real(problem, "a", gf_params_real(problem->params, "a"));
    gf_problem_add_u32(problem, "count", (uint32_t)count);
    problem->cost.work = (double)count;
    problem->cost.operations = 2 * (double)count;
    problem->cost.bytes = 3 * (double)count * (double)gf_type_size(real);
    return GF_OK;
}

/* x[i] = i mod 1024 and y[i] = 1: small integers, exact in f32 as well. */
static gf_status fill(const gf_problem *problem, uint32_t index, void *host, gf_error *error) {
    (void)error; /* nothing here can fail */
    const size_t count = problem->buffers[index].cols;
    for (size_t i = 0; i < count; i++)
        gf_put_real(real_type(problem), host, i, index == 0 ? (double)(i % 1024) : 1);
    return GF_OK;
}

/* ---- The result -------------------------------------------------------- */

static double checksum(const gf_problem *problem, const void *result) {
    double sum = 0;
    for (size_t i = 0; i < problem->buffers[1].cols; i++)
        sum += gf_element(real_type(problem), result, i);
    return sum;
}

static double work(const gf_problem *problem, const void *result) {
    (void)result; /* each element costs the same */
    return (double)problem->buffers[1].cols;
}

static void tolerance(const gf_problem *problem, const void *const *inputs, gf_tolerance *allowed) {
    (void)inputs;
    if (problem->math != GF_MATH_RELAXED)
        return;
    /* One rounding instead of two, of values below 1e6 * 1024 at most. */
    allowed->abs_error = 1e9 * (problem->precision == GF_PRECISION_F64 ? 0x1p-53 : 0x1p-24);
    allowed->why = "relaxed math: a*x+y may be rounded once";
}

/* ---- The NDRange kernel ------------------------------------------------ */

static uint32_t naive_suits(const gf_problem *problem, const gf_device_info *device) {
    (void)problem;
    (void)device;
    return 1;
}

static void naive_plan(const gf_problem *problem, const gf_device_info *device,
                       const uint32_t *tuning, gf_ndrange_plan *plan) {
    (void)device;
    (void)tuning;
    *plan = (gf_ndrange_plan){.kernel = "saxpy_naive",
                              .dimensions = 1,
                              .global = {problem->buffers[1].cols, 1},
                              .steps_per_launch = 1};
}

static const gf_ndrange_variant ndrange_variants[] = {
    {.name = "naive",
     .summary = "one work-item per element",
     .suits = naive_suits,
     .plan = naive_plan},
};

const gf_workload gf_workload_saxpy = {
    .name = "saxpy",
    .stem = "saxpy",
    .summary = "y = a x + y: one pass over memory",
    .work_unit = "elements",
    .rate_unit = "Gelem/s",
    .operations_note = "multiplication and addition",
    .params = params,
    .param_count = GF_COUNT_OF(params),
    .set_up = set_up,
    .fill = fill,
    .checksum = checksum,
    .work = work,
    .tolerance = tolerance,
    .ndrange_variants = ndrange_variants,
    .ndrange_variant_count = GF_COUNT_OF(ndrange_variants),
};
