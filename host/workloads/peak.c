/* The peak rates that a device sustains: copies of an array, with `rounds` rounds of arithmetic for
 * each element, or reads of it. Without rounds it is a copy; with many, nearly all time goes into
 * multiplications and additions. The workload was called `probe`; its descriptor keeps that name as
 * an alias.
 *
 * The numbers are chosen so that every result is known in closed form. In each round a real grows
 * by exactly `lift` and stays between 1 and 2; an integer takes two steps of linear congruential
 * generators. A read gives the sum of all words, modulo 2^32, which is the same in any order.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/text.h"
#include "problem/elements.h"
#include "problem/ndrange.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "problem/sampling.h"
#include "problem/workload.h"
#include "stats/random.h"

#define OPERATIONS_PER_ROUND 4
/* A launch of many steps moves at most this many bytes, or one step: longer ones would be ended by
 * the watchdogs of displays, and could not be cancelled. */
#define LAUNCH_BYTES (UINT64_C(1) << 33)
#define MOST_STEPS   65535
/* Elements in a sample for verification: several blocks of any CPU kernel; fewer where each takes
 * long. */
#define SAMPLE         ((size_t)1024)
#define LEAST_SAMPLE   16
#define SAMPLE_UPDATES 65536.0

enum { DATA, NEXT }; /* the buffers of a copy */
enum { SUM = NEXT }; /* and of a read */

static const char *const move_choices[] = {"copy", "read", NULL};
enum { COPY, READ };
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
     .help = "size of each of the two arrays, or of the one that is read"},
    {.name = "moves",
     .type = GF_PARAM_CHOICE,
     .default_text = "copy",
     .choices = move_choices,
     .placeholder = "copy|read",
     .help = "copies from one array to the other, or reads one array; a read has no rounds"},
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
     .help = "moves of the array: copies to the other and back, or passes of reading"},
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

static bool is_read(const gf_problem *problem) {
    return gf_params_choice(problem->params, "moves") == READ;
}

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

static gf_status set_up_copy(gf_problem *problem, size_t rows, size_t cols, gf_error *error) {
    const gf_type type = element_type(problem);
    gf_status status =
        gf_problem_add_buffer(problem, "data", GF_ACCESS_INOUT, type, 1, rows, cols, error);
    if (status == GF_OK)
        status =
            gf_problem_add_buffer(problem, "next", GF_ACCESS_SCRATCH, type, 1, rows, cols, error);
    problem->result = DATA;
    problem->has_pair = true;
    problem->partner = NEXT;
    problem->steps = problem->steps_per_transfer = gf_params_uint(problem->params, "steps");
    return status;
}

/* Kernels add to `sum`, which starts as 0. */
static gf_status set_up_read(gf_problem *problem, size_t rows, size_t cols, gf_error *error) {
    if (gf_params_is_set(problem->params, "rounds") &&
        gf_params_uint(problem->params, "rounds") != 0)
        return gf_error_set_parameter(error, GF_USAGE, "rounds",
                                      " %s: a read has no rounds; leave it out, or copy",
                                      gf_params_text(problem->params, "rounds"));
    gf_status status = gf_params_set(problem->params, "rounds", "0", error);
    if (status == GF_OK)
        status = gf_problem_add_buffer(problem, "data", GF_ACCESS_IN, element_type(problem), 1,
                                       rows, cols, error);
    if (status == GF_OK)
        status =
            gf_problem_add_buffer(problem, "sum", GF_ACCESS_INOUT, GF_TYPE_U32, 1, 1, 1, error);
    problem->result = SUM;
    problem->steps = problem->steps_per_transfer = gf_params_uint(problem->params, "steps");
    return status;
}

static void set_cost(gf_problem *problem, double elements) {
    const double rounds = gf_problem_u32(problem, "rounds");
    const double moves = elements * (double)gf_params_uint(problem->params, "steps");
    const double size = (double)gf_type_size(element_type(problem));
    problem->cost.work = moves * (rounds <= 0 ? 1 : rounds);
    problem->cost.operations = moves * rounds * OPERATIONS_PER_ROUND;
    problem->cost.bytes = moves * (is_read(problem) ? 1 : 2) * size;
}

static gf_status set_up(gf_problem *problem, gf_error *error) {
    size_t cols = 0, rows = 0;
    gf_params_size(problem->params, "size", &cols, &rows);
    const bool reads = is_read(problem);
    const gf_status status =
        reads ? set_up_read(problem, rows, cols, error) : set_up_copy(problem, rows, cols, error);
    if (status != GF_OK)
        return status;
    const uint64_t rounds = gf_params_uint(problem->params, "rounds");
    const uint64_t steps = gf_params_uint(problem->params, "steps");
    gf_problem_add_u32(problem, "count", (uint32_t)(rows * cols));
    gf_problem_add_u32(problem, "rounds", (uint32_t)rounds);
    gf_problem_add_u32(problem, "reads", reads ? 1 : 0);
    gf_problem_add_u32(problem, "integer", is_integer(problem) ? 1 : 0);
    if (is_integer(problem))
        add_integers(problem);
    else
        add_reals(problem, (double)rounds * (double)steps);
    set_cost(problem, (double)rows * (double)cols);
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
    (void)error; /* nothing here can fail */
    const gf_type type = problem->buffers[DATA].type;
    if (index != DATA) {
        memset(host, 0, problem->buffers[index].bytes);
        return GF_OK;
    }
    const size_t count = gf_problem_u32(problem, "count");
    for (size_t i = 0; i < count; i++)
        put_element(type, host, i, gf_random_at(i));
    return GF_OK;
}

static double checksum(const gf_problem *problem, const void *result) {
    const gf_buffer_spec *spec = &problem->buffers[problem->result];
    double sum = 0;
    for (size_t i = 0; i < spec->rows * spec->cols; i++)
        sum += gf_element(spec->type, result, i);
    return sum;
}

/* ---- Sampled verification: runs of elements ---------------------------- */

static size_t sample_size(const gf_problem *problem) {
    const size_t count = gf_problem_u32(problem, "count");
    const double updates = (double)problem->steps * (gf_problem_u32(problem, "rounds") + 1.0);
    const double affordable = fmin(fmax(SAMPLE_UPDATES / updates, LEAST_SAMPLE), (double)SAMPLE);
    return count < (size_t)affordable ? count : (size_t)affordable;
}

/* A sum has no parts that could be sampled. */
static double sample_operations(const gf_problem *problem) {
    const double rounds = gf_problem_u32(problem, "rounds");
    if (is_read(problem))
        return HUGE_VAL;
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

static void plan_items(size_t items, size_t group, const char *kernel, gf_ndrange_plan *plan) {
    *plan = (gf_ndrange_plan){.dimensions = 1,
                              .global = {gf_ndrange_pieces(items, group) * group, 1},
                              .local = {group, 1},
                              .steps_per_launch = 1};
    snprintf(plan->kernel, sizeof plan->kernel, "%s", kernel);
}

static gf_text add_options(const gf_problem *problem, gf_ndrange_plan *plan) {
    gf_text options = gf_text_in(plan->options, sizeof plan->options);
    gf_text_add(&options, "-D GF_INTEGER=%d", is_integer(problem) ? 1 : 0);
    return options;
}

#define GROUP 64

/* Groups of 64 work-items with an element each keep a GPU busy with starting groups: an NVIDIA H200
 * copied 0.83 TB/s that way (docs/gpus.md). */
static uint32_t naive_group(const gf_device_info *device) {
    const uint32_t wanted = device->device_class == GF_CLASS_GPU ? 256 : GROUP;
    const size_t most = device->max_work_group_size;
    return most > 0 && most < wanted ? (uint32_t)most : wanted;
}

static void plan_naive(const gf_problem *problem, const gf_device_info *device,
                       const uint32_t *tuning, gf_ndrange_plan *plan) {
    (void)tuning;
    plan_items(gf_problem_u32(problem, "count"), naive_group(device), "peak_naive", plan);
    add_options(problem, plan);
}

static void add_lanes(const gf_problem *problem, const gf_device_info *device,
                      gf_ndrange_plan *plan) {
    const uint32_t lanes = gf_ndrange_lanes(problem, device);
    gf_text options = add_options(problem, plan);
    gf_text_add(&options, " -D GF_WIDTH=%u", lanes);
    plan->lanes = (gf_lane_group){1, lanes};
}

static void plan_vectors(const gf_problem *problem, const gf_device_info *device,
                         const char *kernel, gf_ndrange_plan *plan) {
    enum { CHAINS = 8 }; /* as in kernels_cl/peak.cl */
    const size_t elements = (size_t)CHAINS * gf_ndrange_lanes(problem, device);
    plan_items(gf_ndrange_pieces(gf_problem_u32(problem, "count"), elements), GROUP, kernel, plan);
    add_lanes(problem, device, plan);
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

/* An odd number, so that the last copy of a launch ends in the other array. */
static uint32_t steps_per_launch(const gf_problem *problem) {
    const uint64_t steps = LAUNCH_BYTES / gf_problem_bytes(problem);
    if (steps <= 2)
        return 1;
    return steps < MOST_STEPS ? ((uint32_t)steps - 1) | 1 : MOST_STEPS;
}

/* As many work-groups as run at a time: a group that waited for another to end would then have a
 * cache for itself. A CPU runs a group in one thread, so that one work-item suffices. */
static void plan_persistent(const gf_problem *problem, const gf_device_info *device,
                            const uint32_t *tuning, gf_ndrange_plan *plan) {
    enum { ITEMS = 256, GROUPS_PER_UNIT = 4 };
    const bool cpu = device->device_class == GF_CLASS_CPU;
    const size_t most = device->max_work_group_size > 0 ? device->max_work_group_size : 1;
    const size_t items = cpu ? 1 : most < ITEMS ? most : ITEMS;
    const size_t units = device->compute_units > 0 ? device->compute_units : 1;
    (void)tuning;
    plan_items(units * (cpu ? 1 : GROUPS_PER_UNIT) * items, items,
               is_read(problem) ? "peak_read" : "peak_persistent", plan);
    plan->steps_per_launch = steps_per_launch(problem);
    add_lanes(problem, device, plan);
}

/* Every product and sum is exact, so that it does not matter which are fused. */
static void add_needs(const gf_problem *problem, double rounds, gf_needs *needs) {
    needs->rounds = gf_ndrange_rounds(rounds);
    if (problem->math == GF_MATH_STRICT && !is_integer(problem))
        gf_needs_add(needs, problem->precision, GF_NEED(ADD) | GF_NEED(MULTIPLY));
}

static void naive_needs(const gf_problem *problem, const gf_ndrange_plan *plan, gf_needs *needs) {
    (void)plan;
    add_needs(problem, gf_problem_u32(problem, "rounds") + 1.0, needs);
}

/* The last work-item may have fewer elements than vectors hold, which it takes one by one. */
static void vector_needs(const gf_problem *problem, const gf_ndrange_plan *plan, gf_needs *needs) {
    const double elements = 8.0 * plan->lanes.cols;
    add_needs(problem, elements * (gf_problem_u32(problem, "rounds") + 2.0), needs);
}

/* A share of the vectors in each step, and what is left of vectors. */
static void persistent_needs(const gf_problem *problem, const gf_ndrange_plan *plan,
                             gf_needs *needs) {
    const double items = (double)plan->global[0], lanes = plan->lanes.cols;
    const double steps = fmin((double)problem->steps, plan->steps_per_launch);
    const double vectors = gf_problem_u32(problem, "count") / lanes;
    add_needs(problem, (steps + 1) * (2 * vectors / items + 4 * lanes + 16), needs);
}

/* Of no problem yet, every variant is offered. */
static bool reads_only(const gf_problem *problem) {
    return problem != NULL && is_read(problem);
}

static uint32_t suits_naive(const gf_problem *problem, const gf_device_info *device) {
    return reads_only(problem) ? 0 : gf_ndrange_suits_scalar(problem, device);
}

static uint32_t suits_vector(const gf_problem *problem, const gf_device_info *device) {
    return reads_only(problem) ? 0 : gf_ndrange_suits_vector(problem, device);
}

/* Stores past the caches are of use on CPUs, and in memory only. */
static uint32_t suits_streamed(const gf_problem *problem, const gf_device_info *device) {
    return device->device_class == GF_CLASS_CPU && !reads_only(problem) ? 1 : 0;
}

/* One launch for many moves. Arithmetic could keep a device busy for too long in one. */
static uint32_t suits_persistent(const gf_problem *problem, const gf_device_info *device) {
    (void)device;
    return problem == NULL || gf_params_uint(problem->params, "rounds") == 0 ? 1 : 0;
}

static const gf_ndrange_variant ndrange_variants[] = {
    {.name = "naive",
     .summary = "one work-item per element",
     .suits = suits_naive,
     .plan = plan_naive,
     .needs = naive_needs},
    {.name = "vector",
     .summary = "one work-item per 8 vectors",
     .suits = suits_vector,
     .plan = plan_vector,
     .needs = vector_needs},
    {.name = "streamed",
     .summary = "the same, and results go past the caches",
     .suits = suits_streamed,
     .plan = plan_streamed,
     .needs = vector_needs},
    {.name = "persistent",
     .summary = "work-groups that keep their share for all moves, without rounds",
     .suits = suits_persistent,
     .plan = plan_persistent,
     .needs = persistent_needs},
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

/* Integer products of 64 bits are three of 32 bits, whose sums multiply-adds make along. */
static void mix(const gf_problem *problem, gf_kernel_mix *mix) {
    const double words = is_wide(problem) ? 2 : 1, products = is_wide(problem) ? 3 : 1;
    if (is_read(problem))
        *mix = (gf_kernel_mix){.kind = GF_KERNEL_REDUCTION,
                               .integer_adds = words,
                               .items = gf_problem_u32(problem, "count")};
    else if (gf_problem_u32(problem, "rounds") == 0)
        *mix = (gf_kernel_mix){.kind = GF_KERNEL_COPY};
    else if (is_integer(problem))
        *mix = (gf_kernel_mix){.kind = GF_KERNEL_ARITHMETIC, .integer_multiplies = 2 * products};
    else
        *mix = (gf_kernel_mix){.kind = GF_KERNEL_ARITHMETIC, .fmas = 2};
}

/* ---- The descriptor ---------------------------------------------------- */

/* Copies and reads in caches and in memory, with little and much arithmetic for an element. */
static const char *const calibration[] = {"size=16x16 rounds=0",
                                          "size=256x256 rounds=0",
                                          "size=2048x1024 rounds=0",
                                          "size=4096x2048 rounds=0",
                                          "size=128x128 rounds=4 steps=20",
                                          "size=16x16 rounds=1000",
                                          "size=256x256 rounds=64",
                                          "size=1024x1024 rounds=4",
                                          "size=256x256 moves=read rounds=0",
                                          "size=4096x1024 moves=read rounds=0",
                                          "size=128x128 moves=read rounds=0 steps=500",
                                          NULL};

static void divide(const gf_problem *problem, gf_division *division) {
    (void)problem;
    division->why_not = "it measures what one device sustains";
}

const gf_workload gf_workload_peak = {
    .name = "peak",
    .stem = "peak",
    .alias = "probe",
    .summary = "copies, reads and arithmetic: the rates that a device sustains",
    .work_unit = "updates",
    .rate_unit = "Gupdate/s",
    .operations_note =
        "multiplications and additions; local memory and 32-bit atomics in reads only",
    .params = params,
    .param_count = GF_COUNT_OF(params),
    .set_up = set_up,
    .fill = fill,
    .checksum = checksum,
    .calibration = calibration,
    .check_sample = check_sample,
    .mix = mix,
    .sample_operations = sample_operations,
    .divide = divide,
    .measures_ceilings = true,
    .ndrange_variants = ndrange_variants,
    .ndrange_variant_count = GF_COUNT_OF(ndrange_variants),
    .cpu_tunables = cpu_tunables,
    .cpu_tunable_count = GF_CPU_TUNABLE_COUNT(cpu_tunables),
    .cpu_defaults = cpu_defaults,
};
