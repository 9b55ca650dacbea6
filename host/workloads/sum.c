/* The sum of many values: one pass over memory, one addition a value. Hardly anything is computed
 * for the data that go up, so data movement decides.
 *
 * The result is one sum for each block of 16384 values, added in the same order on every device
 * (cpu/sum.c defines it).
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "problem/elements.h"
#include "problem/ndrange.h"
#include "problem/params.h"
#include "problem/parts/division.h"
#include "problem/problem.h"
#include "problem/sampling.h"
#include "problem/workload.h"
#include "stats/compensated_sum.h"
#include "stats/random.h"

/* A block is 64 rows of 256 lanes: enough lanes for a work-group or for many vectors, and enough
 * rows that the 8 levels of the tree over the lanes cost little. */
#define BLOCK_ROWS 64
#define LANES      256
#define LEVELS     8 /* log2(LANES) */
#define BLOCK      ((size_t)BLOCK_ROWS * LANES)
/* Rounded additions between a value and its block's sum; a lane's first addition, to +0, is exact.
 */
#define ROUNDINGS (BLOCK_ROWS - 1 + LEVELS)

enum { VALUES, SUMS }; /* the buffers */

static const gf_param params[] = {
    {.name = "count",
     .letter = 'n',
     .type = GF_PARAM_UINT,
     .default_text = "100000000",
     .min = 1,
     .max = 4294967295.0, /* kernels get it as u32 */
     .placeholder = "N",
     .unit = "values",
     .help = "values to add up"},
    GF_PARAM_ROW_PRECISION,
    GF_PARAM_ROW_MATH,
};

/* ---- The problem ----------------------------------------------------------
 *
 * Each block is a row of the values and a row of the sums, so that a device may compute the first
 * rows while the others are still on their way. */

static gf_status set_up(gf_problem *problem, gf_error *error) {
    const gf_type real = gf_problem_real_type(problem);
    const size_t count = (size_t)gf_params_uint(problem->params, "count");
    const size_t blocks = gf_ndrange_pieces(count, BLOCK);
    gf_status status =
        gf_problem_add_buffer(problem, "values", GF_ACCESS_IN, real, 1, blocks, BLOCK, error);
    if (status == GF_OK)
        status = gf_problem_add_buffer(problem, "sums", GF_ACCESS_OUT, real, 1, blocks, 1, error);
    if (status != GF_OK)
        return status;
    problem->result = SUMS;
    gf_problem_add_u32(problem, "count", (uint32_t)count);
    problem->cost.work = (double)count;
    problem->cost.operations = (double)count;
    problem->cost.bytes = (double)gf_problem_bytes(problem);
    return GF_OK;
}

/* Each value is a binary fraction in [0, 1) of random bits: the upper 53 in f64, the upper 24 in
 * f32. Nothing is rounded. */
static gf_status fill_rows(const gf_problem *problem, uint32_t index, size_t first, size_t rows,
                           void *host, gf_error *error) {
    (void)error; /* nothing here can fail */
    const size_t count = gf_problem_u32(problem, "count"), before = first * BLOCK;
    const size_t rest = count - before, values = rest < rows * BLOCK ? rest : rows * BLOCK;
    /* The last block may have fewer values. */
    memset(host, 0, rows * (problem->buffers[index].bytes / problem->buffers[index].rows));
    if (problem->precision == GF_PRECISION_F64) {
        for (size_t i = 0; i < values; i++)
            ((double *)host)[i] = (double)(gf_random_at(before + i) >> 11) * 0x1p-53;
    } else {
        for (size_t i = 0; i < values; i++)
            ((float *)host)[i] = (float)(gf_random_at(before + i) >> 40) * 0x1p-24f;
    }
    return GF_OK;
}

static gf_status fill(const gf_problem *problem, uint32_t index, void *host, gf_error *error) {
    return fill_rows(problem, index, 0, problem->buffers[index].rows, host, error);
}

/* Every block but one that is not full, which stays the last. */
static size_t reversible_rows(const gf_problem *problem) {
    return gf_problem_u32(problem, "count") / BLOCK;
}

/* Each block has a sum of its own. */
static void divide(const gf_problem *problem, gf_division *division) {
    division->units = problem->buffers[SUMS].rows;
    division->cut_buffers = 1U << VALUES | 1U << SUMS;
}

static void set_part(gf_problem *problem, gf_part part) {
    const uint64_t rest = gf_params_uint(problem->params, "count") - part.first * BLOCK;
    const uint64_t most = part.count * BLOCK;
    gf_problem_set_u32(problem, "count", (uint32_t)(rest < most ? rest : most));
}

/* ---- The result -------------------------------------------------------- */

/* The sum of the blocks' sums, in f64. Its own error is one rounding for any number of blocks. */
static double checksum(const gf_problem *problem, const void *result) {
    gf_compensated_sum total = {0};
    for (size_t i = 0; i < problem->buffers[SUMS].rows; i++)
        gf_compensated_add(&total, gf_element(gf_problem_real_type(problem), result, i));
    return gf_compensated_value(&total);
}

static void describe(const gf_problem *problem, const void *result, char *text, size_t size) {
    const double sum = checksum(problem, result), count = gf_problem_u32(problem, "count");
    snprintf(text, size, "the %.0f values add up to %.17g; their mean is %.9g", count, sum,
             sum / count);
}

/* There is no multiplication to contract. Relaxed arithmetic admits devices that treat subnormal
 * numbers as 0, and other orders of the same depth. */
static void tolerance(const gf_problem *problem, const void *const *inputs, gf_tolerance *allowed) {
    (void)inputs;
    if (problem->math != GF_MATH_RELAXED)
        return;
    /* At each level of the tree a sum of values below 1 errs by at most a rounding of the whole sum
     * (N. Higham, Accuracy and Stability of Numerical Algorithms, 4.2), and so may the reference.
     */
    const size_t count = gf_problem_u32(problem, "count");
    const size_t largest = count < BLOCK ? count : BLOCK;
    allowed->abs_error = 2 * ROUNDINGS * gf_problem_roundoff(problem) * (double)largest;
    allowed->why = "relaxed math: additions in another order may move each sum by 142 roundings";
}

/* ---- Verification: single blocks, and known answers -------------------- */

static double sample_operations(const gf_problem *problem) {
    (void)problem;
    return (double)BLOCK;
}

static gf_status check_sample(const gf_problem *problem, const gf_sample_request *request,
                              gf_difference *difference, gf_error *error) {
    (void)error; /* nothing here can fail */
    const size_t size = gf_type_size(gf_problem_real_type(problem)),
                 count = gf_problem_u32(problem, "count");
    const size_t block = gf_sample_place(request, problem->buffers[SUMS].rows);
    const size_t first = block * BLOCK;
    double expected = 0; /* room for either type */
    /* The kernel only reads its values; the ABI has one pointer type for all buffers. */
    void *const buffers[] = {
        (void *)(uintptr_t)((const char *)request->inputs[VALUES] + first * size), &expected};
    const gf_scalar_change changes[] = {
        {"count", (uint32_t)(count - first < BLOCK ? count - first : BLOCK)}, {NULL, 0}};
    gf_reference_run(problem, request->reference, buffers, changes, request->cancel);
    gf_compare_elements(gf_problem_real_type(problem), &expected,
                        (const char *)request->result + block * size, 1, request->abs_error,
                        difference);
    return GF_OK;
}

/* The sums of the first values, added exactly in 128 bits as multiples of 2^-53 and 2^-24 and
 * rounded to f64 once. */
static const struct {
    uint32_t count;
    double sum_f64, sum_f32;
} known_sums[] = {
    {1000000, 499875.88418979116, 499875.85437357426},
    {10000000, 5001790.5026398422, 5001790.2046419978},
    {100000000, 50000398.453246631, 50000395.472890615},
};

static bool known_answer(const gf_problem *problem, gf_known_answer *answer) {
    const bool f64 = problem->precision == GF_PRECISION_F64;
    for (size_t i = 0; i < GF_COUNT_OF(known_sums); i++) {
        if (known_sums[i].count == gf_problem_u32(problem, "count")) {
            const double sum = f64 ? known_sums[i].sum_f64 : known_sums[i].sum_f32;
            /* The error bound of `tolerance` for one side, and a rounding of the sum of the sums.
             */
            *answer =
                (gf_known_answer){sum, (ROUNDINGS * gf_problem_roundoff(problem) + 0x1p-53) * sum};
            return true;
        }
    }
    return false;
}

/* ---- NDRange plans ----------------------------------------------------- */

/* Values are multiples of the roundoff, and so are their sums: none is below the least normal
 * number. */
static void add_needs(const gf_problem *problem, uint64_t rounds, gf_needs *needs) {
    needs->rounds = rounds;
    if (problem->math == GF_MATH_STRICT)
        gf_needs_add(needs, problem->precision, GF_NEED(ADD));
}

/* All values of a block in a loop over the lanes of each row; four more loops over lanes. */
static void naive_needs(const gf_problem *problem, const gf_ndrange_plan *plan, gf_needs *needs) {
    (void)plan;
    add_needs(problem, BLOCK + 3 * BLOCK_ROWS + 5 * LANES, needs);
}

static void group_needs(const gf_problem *problem, const gf_ndrange_plan *plan, gf_needs *needs) {
    (void)plan;
    add_needs(problem, BLOCK_ROWS + LEVELS + 2, needs);
}

/* On a CPU each work-item has a work-group of its own, because the accumulators of a larger group
 * fit neither into L1d nor into a thread's stack. */
static void plan_naive(const gf_problem *problem, const gf_device_info *device,
                       const uint32_t *tuning, gf_ndrange_plan *plan) {
    enum { GROUP = 32 };
    (void)tuning;
    const size_t local = device->device_class == GF_CLASS_CPU ? 1 : GROUP;
    *plan = (gf_ndrange_plan){
        .kernel = "sum_naive",
        .dimensions = 1,
        .global = {gf_ndrange_pieces(problem->buffers[SUMS].rows, local) * local, 1},
        .local = {local, 1},
        .steps_per_launch = 1,
        .rows_per_item = 1};
}

/* As in kernels_cl/sum.cl: a work-item has the lanes of 16 bytes. Of no problem yet, the fewest. */
static size_t items_of_group(const gf_problem *problem) {
    return LANES * (problem == NULL ? 4 : gf_type_size(gf_problem_real_type(problem))) / 16;
}

static uint32_t group_suits(const gf_problem *problem, const gf_device_info *device) {
    if (device->max_work_group_size > 0 && device->max_work_group_size < items_of_group(problem))
        return 0;
    return gf_ndrange_suits_scalar(problem, device);
}

static void plan_group(const gf_problem *problem, const gf_device_info *device,
                       const uint32_t *tuning, gf_ndrange_plan *plan) {
    const size_t items = items_of_group(problem);
    (void)device;
    (void)tuning;
    *plan = (gf_ndrange_plan){.kernel = "sum_group",
                              .dimensions = 2,
                              .global = {items, problem->buffers[SUMS].rows},
                              .local = {items, 1},
                              .steps_per_launch = 1,
                              .rows_per_item = 1};
}

static const gf_ndrange_variant ndrange_variants[] = {
    {.name = "naive",
     .summary = "one work-item per block of values",
     .suits = gf_ndrange_suits_vector,
     .plan = plan_naive,
     .needs = naive_needs},
    {.name = "group",
     .summary = "one work-group per block of values, local memory",
     .suits = group_suits,
     .plan = plan_group,
     .needs = group_needs},
};

static void mix(const gf_problem *problem, gf_kernel_mix *mix) {
    *mix = (gf_kernel_mix){.kind = GF_KERNEL_REDUCTION, .adds = 1, .items = problem->cost.work};
}

/* ---- The descriptor ---------------------------------------------------- */

static const char *const calibration[] = {"count=1000",     "count=16000",    "count=90000",
                                          "count=250000",   "count=900000",   "count=4000000",
                                          "count=16000000", "count=90000000", NULL};

const gf_workload gf_workload_sum = {
    .name = "sum",
    .stem = "sum",
    .summary = "sum of many values: one pass, one addition a value, bound by the transfer",
    .work_unit = "values",
    .rate_unit = "Gvalue/s",
    .operations_note = "additions; local memory in one variant; no atomics",
    .params = params,
    .param_count = GF_COUNT_OF(params),
    .set_up = set_up,
    .fill = fill,
    .fill_rows = fill_rows,
    .checksum = checksum,
    .calibration = calibration,
    .describe = describe,
    .tolerance = tolerance,
    .check_sample = check_sample,
    .mix = mix,
    .sample_operations = sample_operations,
    .known_answer = known_answer,
    .reversible_rows = reversible_rows,
    .divide = divide,
    .set_part = set_part,
    .cpu_lanes_independent = true,
    .ndrange_variants = ndrange_variants,
    .ndrange_variant_count = GF_COUNT_OF(ndrange_variants),
};
