/* The peak rates that a device sustains: copies of an array, with `rounds` rounds of arithmetic for
 * each element. Without rounds it is a copy; with many, nearly all time goes into multiplications
 * and additions. The workload was called `probe`; its descriptor keeps that name as an alias.
 *
 * The numbers are chosen so that every result is known in closed form. In each round a real grows
 * by exactly `lift` and stays between 1 and 2; an integer takes two steps of linear congruential
 * generators.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "problem/elements.h"
#include "problem/ndrange.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "problem/sampling.h"
#include "problem/workload.h"
#include "stats/random.h"

#define OPERATIONS_PER_ROUND 4
/* Elements in a sample for verification: several blocks of any CPU kernel. */
#define SAMPLE ((size_t)1024)

enum { DATA, NEXT }; /* the buffers */

static const char *const arithmetic_choices[] = {"real", "integer", NULL};
enum { REAL, INTEGER };

static const gf_param params[] = {
    {.name = "size",
     .letter = 's',
     .type = GF_PARAM_SIZE,
     .default_text = "1024x1024",
     .min = 1,
     .max = 65535, /* kernels get the number of elements as u32 */
     .placeholder = "WxH",
     .unit = "elements",
     .help = "size of each of the two arrays"},
    {.name = "rounds",
     .type = GF_PARAM_UINT,
     .default_text = "16",
     .min = 0,
     .max = 1000000,
     .placeholder = "N",
     .help = "rounds of two multiplications and two additions for each element in each step; 0 "
             "copies"},
    {.name = "steps",
     .type = GF_PARAM_UINT,
     .default_text = "1",
     .min = 1,
     .max = 1000000,
     .placeholder = "N",
     .help = "moves of the array, from one to the other and back"},
    {.name = "arithmetic",
     .type = GF_PARAM_CHOICE,
     .default_text = "real",
     .choices = arithmetic_choices,
     .placeholder = "real|integer",
     .help = "type of the elements; integers are as wide as reals of the precision"},
    GF_PARAM_ROW_PRECISION,
    GF_PARAM_ROW_MATH,
};

/* ---- The problem ------------------------------------------------------- */

static bool is_integer(const gf_problem *problem) {
    return gf_params_choice(problem->params, "arithmetic") == INTEGER;
}

static bool is_wide(const gf_problem *problem) {
    return problem->precision == GF_PRECISION_F64;
}

static gf_type element_type(const gf_problem *problem) {
    if (is_integer(problem))
        return is_wide(problem) ? GF_TYPE_U64 : GF_TYPE_U32;
    return is_wide(problem) ? GF_TYPE_F64 : GF_TYPE_F32;
}

/* A round is x = 2 x - 1, then x = x / 2 + (1/2 + lift). If x in [1, 2) and lift are multiples of
 * the precision's unit there, 2^-52 or 2^-23, both steps are exact, and so are the products alone,
 * so contraction changes nothing. lift is chosen so that all rounds together lift x by at most a
 * half, or is the unit: then x grows until 2, where the lift is rounded away. */
static void add_reals(gf_problem *problem, double rounds) {
    const int digits = is_wide(problem) ? 52 : 23;
    int power = 1;
    while (power < digits && ldexp(rounds, -power) > 0.5)
        power++;
    gf_problem_add_real(problem, "a", 2);
    gf_problem_add_real(problem, "b", -1);
    gf_problem_add_real(problem, "c", 0.5);
    gf_problem_add_real(problem, "d", 0.5 + ldexp(1, -power));
}

/* Two generators of full period: their multipliers are 1 modulo 4 and their increments odd (D.
 * Knuth, TAOCP 2, 3.2.1.2, theorem A). So different elements stay different. */
static void add_integers(gf_problem *problem) {
    if (is_wide(problem)) {
        gf_problem_add_u64(problem, "a", UINT64_C(6364136223846793005));
        gf_problem_add_u64(problem, "b", UINT64_C(1442695040888963407));
        gf_problem_add_u64(problem, "c", UINT64_C(2862933555777941757));
        gf_problem_add_u64(problem, "d", UINT64_C(3037000493));
    } else {
        gf_problem_add_u32(problem, "a", 1664525);
        gf_problem_add_u32(problem, "b", 1013904223);
        gf_problem_add_u32(problem, "c", 22695477);
        gf_problem_add_u32(problem, "d", 1);
    }
}

static gf_status set_up(gf_problem *problem, gf_error *error) {
    size_t cols = 0, rows = 0;
    gf_params_size(problem->params, "size", &cols, &rows);
    const gf_type type = element_type(problem);
    gf_status status =
        gf_problem_add_buffer(problem, "data", GF_ACCESS_INOUT, type, 1, rows, cols, error);
    if (status == GF_OK)
        status =
            gf_problem_add_buffer(problem, "next", GF_ACCESS_SCRATCH, type, 1, rows, cols, error);
    if (status != GF_OK)
        return status;
    problem->result = DATA;
    problem->has_pair = true;
    problem->partner = NEXT;
    problem->steps = problem->steps_per_transfer = gf_params_uint(problem->params, "steps");
    const uint64_t rounds = gf_params_uint(problem->params, "rounds");
    gf_problem_add_u32(problem, "count", (uint32_t)(rows * cols));
    gf_problem_add_u32(problem, "rounds", (uint32_t)rounds);
    gf_problem_add_u32(problem, "integer", is_integer(problem) ? 1 : 0);
    if (is_integer(problem))
        add_integers(problem);
    else
        add_reals(problem, (double)rounds * (double)problem->steps);
    const double moves = (double)rows * (double)cols * (double)problem->steps;
    problem->cost.work = moves * (rounds == 0 ? 1 : (double)rounds);
    problem->cost.operations = moves * (double)rounds * OPERATIONS_PER_ROUND;
    problem->cost.bytes = moves * 2 * (double)gf_type_size(type);
    return GF_OK;
}

/* Makes an element of random bits: a real in [1, 1.5) of the upper bits, or an integer. */
static void put_element(gf_type type, void *host, size_t index, uint64_t bits) {
    switch (type) {
    case GF_TYPE_F64:
        ((double *)host)[index] = 1 + (double)(bits >> 13) * 0x1p-52;
        break;
    case GF_TYPE_F32:
        ((float *)host)[index] = 1 + (float)(bits >> 42) * 0x1p-23f;
        break;
    case GF_TYPE_U64:
        ((uint64_t *)host)[index] = bits;
        break;
    default:
        ((uint32_t *)host)[index] = (uint32_t)(bits >> 32);
        break;
    }
}

static gf_status fill(const gf_problem *problem, uint32_t index, void *host, gf_error *error) {
    (void)index; /* there is one input */
    (void)error; /* nothing here can fail */
    const gf_type type = problem->buffers[DATA].type;
    const size_t count = gf_problem_u32(problem, "count");
    for (size_t i = 0; i < count; i++)
        put_element(type, host, i, gf_random_at(i));
    return GF_OK;
}

static double checksum(const gf_problem *problem, const void *result) {
    const size_t count = gf_problem_u32(problem, "count");
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += gf_element(problem->buffers[DATA].type, result, i);
    return sum;
}

/* ---- Sampled verification: runs of elements ---------------------------- */

static size_t sample_size(const gf_problem *problem) {
    const size_t count = gf_problem_u32(problem, "count");
    return count < SAMPLE ? count : SAMPLE;
}

static double sample_operations(const gf_problem *problem) {
    const double rounds = gf_problem_u32(problem, "rounds");
    return (double)sample_size(problem) * (double)problem->steps *
           (OPERATIONS_PER_ROUND * rounds + 1);
}

static gf_status check_sample(const gf_problem *problem, const gf_sample_request *request,
                              gf_difference *difference, gf_error *error) {
    (void)error; /* nothing here can fail */
    const size_t count = sample_size(problem), size = gf_type_size(problem->buffers[DATA].type);
    const size_t starts = gf_problem_u32(problem, "count") - count + 1;
    const size_t start = gf_sample_place(request, starts) * size;
    uint64_t pair[2][SAMPLE]; /* room for either width */
    memcpy(pair[0], (const char *)request->inputs[DATA] + start, count * size);
    void *const buffers[] = {pair[0], pair[1]};
    const gf_scalar_change changes[] = {{"count", (uint32_t)count}, {NULL, 0}};
    const uint32_t swapped =
        gf_reference_run(problem, request->reference, buffers, changes, request->cancel);
    gf_compare_elements(problem->buffers[DATA].type, pair[swapped],
                        (const char *)request->result + start, count, request->abs_error,
                        difference);
    return GF_OK;
}

/* ---- NDRange plans ----------------------------------------------------- */

static gf_text begin_plan(const gf_problem *problem, size_t elements_per_item, const char *kernel,
                          gf_ndrange_plan *plan) {
    enum { GROUP = 64 };
    const size_t items = gf_ndrange_pieces(gf_problem_u32(problem, "count"), elements_per_item);
    *plan = (gf_ndrange_plan){.dimensions = 1,
                              .global = {gf_ndrange_pieces(items, GROUP) * GROUP, 1},
                              .local = {GROUP, 1},
                              .steps_per_launch = 1};
    snprintf(plan->kernel, sizeof plan->kernel, "%s", kernel);
    gf_text options = gf_text_in(plan->options, sizeof plan->options);
    gf_text_add(&options, "-D GF_INTEGER=%d", is_integer(problem) ? 1 : 0);
    return options;
}

static void plan_naive(const gf_problem *problem, const gf_device_info *device,
                       const uint32_t *tuning, gf_ndrange_plan *plan) {
    (void)device;
    (void)tuning;
    begin_plan(problem, 1, "peak_naive", plan);
}

static void plan_vectors(const gf_problem *problem, const gf_device_info *device,
                         const char *kernel, gf_ndrange_plan *plan) {
    enum { CHAINS = 8 }; /* as in kernels_cl/peak.cl */
    const uint32_t lanes = gf_ndrange_lanes(problem, device);
    gf_text options = begin_plan(problem, (size_t)CHAINS * lanes, kernel, plan);
    gf_text_add(&options, " -D GF_WIDTH=%u", lanes);
    plan->lanes = (gf_lane_group){1, lanes};
}

static void plan_vector(const gf_problem *problem, const gf_device_info *device,
                        const uint32_t *tuning, gf_ndrange_plan *plan) {
    (void)tuning;
    plan_vectors(problem, device, "peak_vector", plan);
}

static void plan_streamed(const gf_problem *problem, const gf_device_info *device,
                          const uint32_t *tuning, gf_ndrange_plan *plan) {
    (void)tuning;
    plan_vectors(problem, device, "peak_streamed", plan);
}

/* Stores past the caches are of use on CPUs, and in memory only. */
static uint32_t suits_streamed(const gf_problem *problem, const gf_device_info *device) {
    (void)problem;
    return device->device_class == GF_CLASS_CPU ? 1 : 0;
}

static const gf_ndrange_variant ndrange_variants[] = {
    {.name = "naive",
     .summary = "one work-item per element",
     .suits = gf_ndrange_suits_scalar,
     .plan = plan_naive},
    {.name = "vector",
     .summary = "one work-item per 8 vectors",
     .suits = gf_ndrange_suits_vector,
     .plan = plan_vector},
    {.name = "streamed",
     .summary = "the same, and results go past the caches",
     .suits = suits_streamed,
     .plan = plan_streamed},
};

/* ---- The CPU kernel ---------------------------------------------------- */

enum { THROUGH_CACHES = 1, PAST_CACHES }; /* as in cpu/peak.c */

static const uint32_t both_ways[] = {THROUGH_CACHES, PAST_CACHES, 0};
static const gf_tunable cpu_tunables[] = {
    {"streaming-stores", "1: results go through the caches, 2: past them", THROUGH_CACHES,
     PAST_CACHES, both_ways},
};

static void cpu_defaults(const gf_problem *problem, const gf_cpu_resources *cpu, uint32_t *tuning) {
    const uint64_t caches = cpu->l3_bytes > 0 ? cpu->l3_bytes : cpu->l2_bytes * cpu->threads;
    tuning[0] = caches > 0 && gf_problem_bytes(problem) > caches ? PAST_CACHES : THROUGH_CACHES;
}

/* ---- The descriptor ---------------------------------------------------- */

/* Copies in caches and in memory, with little and much arithmetic for an element. */
static const char *const calibration[] = {
    "size=16x16 rounds=0",     "size=256x256 rounds=0",
    "size=2048x1024 rounds=0", "size=128x128 rounds=4 steps=20",
    "size=16x16 rounds=1000",  "size=256x256 rounds=64",
    "size=1024x1024 rounds=4", NULL};

const gf_workload gf_workload_peak = {
    .name = "peak",
    .alias = "probe",
    .summary = "copies and arithmetic: the rates that a device sustains",
    .work_unit = "updates",
    .rate_unit = "Gupdate/s",
    .operations_note = "multiplications and additions; no local memory, no atomics",
    .params = params,
    .param_count = GF_COUNT_OF(params),
    .set_up = set_up,
    .fill = fill,
    .checksum = checksum,
    .calibration = calibration,
    .check_sample = check_sample,
    .sample_operations = sample_operations,
    .ndrange_variants = ndrange_variants,
    .ndrange_variant_count = GF_COUNT_OF(ndrange_variants),
    .cpu_tunables = cpu_tunables,
    .cpu_tunable_count = GF_COUNT_OF(cpu_tunables),
    .cpu_defaults = cpu_defaults,
};
