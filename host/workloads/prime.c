/* Is a number prime? Trial division by 2, 3 and every 6k-1 and 6k+1 up to its square root: integer
 * divisions, and an exit that depends on the data.
 *
 * The candidates are handed out in ascending order, and none any more once a divisor is known. The
 * result is two whole numbers: the smallest divisor, or 0, and the number of blocks of candidates.
 * Kernels count blocks there as they hand them out, so a kernel that never ran can't pass for one
 * that found no divisor.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/text.h"
#include "problem/elements.h"
#include "problem/ndrange.h"
#include "problem/params.h"
#include "problem/parts/division.h"
#include "problem/problem.h"
#include "problem/sampling.h"
#include "problem/workload.h"
#include "workloads/prime/candidates.h"
#include "workloads/prime/prime_factors.h"

/* Candidates of one block, the unit in which work is handed out. */
#define BLOCK 256
/* The words of the result. */
enum { SMALLEST, HANDED_OUT, WORDS };
/* The time of a 64-bit remainder in simple operations, roughly (Intel Ice Lake: 14 to 18 cycles;
 * more on earlier CPUs and on GPUs, which have no instruction for it). */
#define OPERATIONS_PER_DIVISION 16.0

static const gf_param params[] = {
    {.name = "number",
     .letter = 'n',
     .type = GF_PARAM_UINT,
     .default_text = "999999999999989",
     .min = 2,
     .max = 0x1p63, /* excluded, as from 2^53 on */
     .placeholder = "N",
     .help = "the number to be tested",
     .typical = gf_prime_from},
};

/* ---- Candidates -------------------------------------------------------- */

/* The index of a divisor among the candidates: 0 for 2, 1 for 3, 2 for 5, 3 for 7, 4 for 11 ... */
static uint32_t candidate_index(uint32_t divisor) {
    if (divisor < 4)
        return divisor - 2;
    return 2 * (divisor / 6) + (divisor % 6 == 5 ? 2 : 1);
}

/* The divisions of a search in ascending order, one after the other. 2 and 3 have no candidates;
 * the search for one counts as one. */
static double divisions(uint32_t divisor, uint32_t candidates) {
    return fmax(divisor != 0 ? candidate_index(divisor) + 1.0 : candidates, 1);
}

/* ---- The problem ------------------------------------------------------- */

/* The work of a composite number ends at its smallest factor, which takes less than a thousandth of
 * the time to find in other ways. */
static void set_cost(gf_problem *problem, uint64_t number, uint32_t candidates) {
    problem->cost.work = divisions((uint32_t)gf_smallest_factor(number), candidates);
    problem->cost.operations = problem->cost.work * OPERATIONS_PER_DIVISION;
    problem->cost.bytes = (double)gf_problem_bytes(problem);
}

static gf_status set_up(gf_problem *problem, gf_error *error) {
    const uint64_t number = gf_params_uint(problem->params, "number");
    const uint32_t candidates = gf_prime_candidates(number);
    /* 2 and 3 have no candidates; they get one block without a divisor. */
    const size_t blocks = candidates == 0 ? 1 : gf_ndrange_pieces(candidates, BLOCK);
    const gf_status status =
        gf_problem_add_buffer(problem, "search", GF_ACCESS_INOUT, GF_TYPE_U32, 1, 1, WORDS, error);
    if (status != GF_OK)
        return status;
    gf_problem_add_u64(problem, "number", number);
    gf_problem_add_u32(problem, "candidates", candidates);
    gf_problem_add_u32(problem, "first_block", 0);
    gf_problem_add_u32(problem, "blocks", (uint32_t)blocks);
    set_cost(problem, number, candidates);
    return GF_OK;
}

static gf_status fill(const gf_problem *problem, uint32_t index, void *host, gf_error *error) {
    (void)index; /* there is one buffer */
    (void)error; /* nothing here can fail */
    memset(host, 0, problem->buffers[0].bytes);
    return GF_OK;
}

static uint64_t number_of(const gf_problem *problem) {
    return gf_problem_scalar(problem, "number")->value.u64;
}

/* ---- The result -------------------------------------------------------- */

static uint32_t divisor_of(const void *result) {
    return ((const uint32_t *)result)[SMALLEST];
}

static double checksum(const gf_problem *problem, const void *result) {
    (void)problem;
    return divisor_of(result);
}

static double work(const gf_problem *problem, const void *result) {
    return divisions(divisor_of(result), gf_problem_u32(problem, "candidates"));
}

static void describe(const gf_problem *problem, const void *result, char *text, size_t size) {
    const uint64_t number = number_of(problem);
    const uint32_t divisor = divisor_of(result);
    if (divisor != 0)
        snprintf(text, size,
                 "%" PRIu64 " = %" PRIu32 " x %" PRIu64 "; its smallest divisor is %" PRIu32,
                 number, divisor, number / divisor, divisor);
    else
        snprintf(text, size,
                 "%" PRIu64 " is prime: none of the %" PRIu32 " candidates up to %" PRIu64
                 " divides it",
                 number, gf_problem_u32(problem, "candidates"), gf_integer_root(number));
}

/* ---- Parts: rows of blocks ---------------------------------------------- */

static void divide(const gf_problem *problem, gf_division *division) {
    const uint32_t candidates = gf_problem_u32(problem, "candidates");
    division->units = candidates == 0 ? 1 : gf_ndrange_pieces(candidates, BLOCK);
}

static void set_part(gf_problem *problem, gf_part part) {
    gf_problem_set_u32(problem, "first_block", (uint32_t)part.first);
    gf_problem_set_u32(problem, "blocks", (uint32_t)part.count);
}

/* A kernel counts the blocks that it hands out. Those behind a divisor have only larger ones. */
static bool join(const gf_problem *problem, gf_part part, const void *of_part, void *result) {
    const uint32_t *words = of_part;
    uint32_t *joined = result;
    (void)problem;
    joined[HANDED_OUT] += words == NULL ? (uint32_t)part.count : words[HANDED_OUT];
    if (words == NULL || words[SMALLEST] == 0)
        return false;
    if (joined[SMALLEST] == 0 || words[SMALLEST] < joined[SMALLEST])
        joined[SMALLEST] = words[SMALLEST];
    return true;
}

/* ---- Verification: number theory, and single blocks -------------------- */

static double sample_operations(const gf_problem *problem) {
    (void)problem;
    return BLOCK * OPERATIONS_PER_DIVISION;
}

/* Both words, against the factor that another algorithm finds. */
static void check_words(const gf_problem *problem, const gf_sample_request *request,
                        gf_difference *difference) {
    const uint32_t expected[WORDS] = {[SMALLEST] = (uint32_t)gf_smallest_factor(number_of(problem)),
                                      [HANDED_OUT] = gf_problem_u32(problem, "blocks")};
    gf_compare_elements(GF_TYPE_U32, expected, request->result, WORDS, request->abs_error,
                        difference);
}

/* A block up to the divisor, by the reference kernel. */
static void check_block(const gf_problem *problem, const gf_sample_request *request,
                        gf_difference *difference) {
    const uint32_t divisor = divisor_of(request->result);
    const uint32_t index = divisor >= 2 ? candidate_index(divisor) : UINT32_MAX;
    const uint32_t blocks = gf_problem_u32(problem, "blocks");
    const uint32_t last = index / BLOCK < blocks ? index / BLOCK : blocks - 1;
    const uint32_t block = (uint32_t)gf_sample_place(request, (size_t)last + 1);
    const uint32_t found = block == index / BLOCK ? divisor : 0;
    uint32_t expected[WORDS] = {0};
    void *const buffers[] = {expected};
    const gf_scalar_change changes[] = {{"first_block", block}, {"blocks", 1}, {NULL, 0}};
    gf_reference_run(problem, request->reference, buffers, changes, request->cancel);
    gf_compare_elements(GF_TYPE_U32, &expected[SMALLEST], &found, 1, request->abs_error,
                        difference);
}

static gf_status check_sample(const gf_problem *problem, const gf_sample_request *request,
                              gf_difference *difference, gf_error *error) {
    (void)error; /* nothing here can fail */
    if (request->index == 0)
        check_words(problem, request, difference);
    else
        check_block(problem, request, difference);
    return GF_OK;
}

static bool known_answer(const gf_problem *problem, gf_known_answer *answer) {
    *answer = (gf_known_answer){(double)gf_smallest_factor(number_of(problem)), 0};
    return true;
}

/* ---- NDRange plans ----------------------------------------------------- */

/* Work-groups take blocks until none are left, so there are only as many as can run together:
 * `most`, or as many as find blocks to take. */
static size_t count_groups(const gf_problem *problem, const gf_device_info *device,
                           size_t most_of_unit, size_t blocks_at_once) {
    const size_t units = device->compute_units > 0 ? device->compute_units : 1;
    const size_t busy = gf_ndrange_pieces(gf_problem_u32(problem, "blocks"), blocks_at_once);
    return busy < units * most_of_unit ? busy : units * most_of_unit;
}

/* Whoever is fast may search all blocks. */
static double all_candidates(const gf_problem *problem) {
    return (double)gf_problem_u32(problem, "blocks") * BLOCK;
}

static void naive_needs(const gf_problem *problem, const gf_ndrange_plan *plan, gf_needs *needs) {
    const double blocks = gf_problem_u32(problem, "blocks"), notes = 64;
    needs->rounds =
        gf_ndrange_rounds(all_candidates(problem) / (double)plan->local[0] + blocks + notes);
}

/* 32 groups of 64 work-items are the most that a unit of current GPUs holds. A take of 16 blocks is
 * 64 divisions for each of them: some microseconds, after which a divisor found elsewhere ends the
 * search. */
static gf_text plan_items(const gf_problem *problem, const gf_device_info *device,
                          const char *kernel, gf_ndrange_plan *plan) {
    enum { GROUP = 64, GROUPS_OF_UNIT = 32, BLOCKS = 16 };
    *plan = (gf_ndrange_plan){
        .dimensions = 1,
        .global = {count_groups(problem, device, GROUPS_OF_UNIT, BLOCKS) * GROUP, 1},
        .local = {GROUP, 1},
        .steps_per_launch = 1};
    snprintf(plan->kernel, sizeof plan->kernel, "%s", kernel);
    gf_text options = gf_text_in(plan->options, sizeof plan->options);
    gf_text_add(&options, "-D GF_GROUP=%d -D GF_BLOCKS=%d", GROUP, BLOCKS);
    return options;
}

/* From 2^53 on a double does not hold every whole number. */
static int is_wide(const gf_problem *problem) {
    return number_of(problem) >> 53 != 0 ? 1 : 0;
}

static void plan_naive(const gf_problem *problem, const gf_device_info *device,
                       const uint32_t *tuning, gf_ndrange_plan *plan) {
    (void)tuning;
    plan_items(problem, device, "prime_naive", plan);
}

/* Worth it where f64 is at half the rate of f32; many GPUs have a 32nd or 64th, and no driver says
 * so. */
static uint32_t reciprocals_suit(const gf_problem *problem, const gf_device_info *device) {
    (void)problem;
    return device->f64 ? 1 : 0;
}

/* The filter of kernels_cl/prime.cl, of whole numbers and of their reciprocals. */
static uint32_t exact_f64(void) {
    return GF_NEED(SEPARATE) | GF_NEED(ADD) | GF_NEED(MULTIPLY) | GF_NEED(FMA) | GF_NEED(DIVIDE);
}

static void reciprocals_needs(const gf_problem *problem, const gf_ndrange_plan *plan,
                              gf_needs *needs) {
    naive_needs(problem, plan, needs);
    needs->f64 = exact_f64();
}

static void plan_reciprocals(const gf_problem *problem, const gf_device_info *device,
                             const uint32_t *tuning, gf_ndrange_plan *plan) {
    (void)tuning;
    gf_text options = plan_items(problem, device, "prime_reciprocals", plan);
    gf_text_add(&options, " -D GF_RECIPROCALS=1 -D GF_WIDE=%d", is_wide(problem));
}

/* The remainders need f64 arithmetic, which not every device has. */
static uint32_t vector_suits(const gf_problem *problem, const gf_device_info *device) {
    return device->f64 ? gf_ndrange_suits_vector(problem, device) : 0;
}

static void vector_needs(const gf_problem *problem, const gf_ndrange_plan *plan, gf_needs *needs) {
    (void)plan;
    needs->f64 = exact_f64();
    needs->rounds = gf_ndrange_rounds(2 * all_candidates(problem));
}

/* 32 blocks at once take some microseconds, so that taking them costs little. Drivers deal out
 * work-groups unevenly, so there are some for each thread. */
static void plan_vector(const gf_problem *problem, const gf_device_info *device,
                        const uint32_t *tuning, gf_ndrange_plan *plan) {
    enum { BLOCKS = 32, MOST_LANES = 8, GROUPS_OF_UNIT = 4 };
    (void)tuning;
    const uint32_t lanes = device->vector_width_f64 >= MOST_LANES ? MOST_LANES : 4;
    *plan = (gf_ndrange_plan){.kernel = "prime_vector",
                              .dimensions = 1,
                              .global = {count_groups(problem, device, GROUPS_OF_UNIT, BLOCKS), 1},
                              .local = {1, 1},
                              .steps_per_launch = 1};
    snprintf(plan->options, sizeof plan->options,
             "-D GF_LONG_VECTOR=%u -D GF_BLOCKS=%d -D GF_WIDE=%d", lanes, BLOCKS, is_wide(problem));
}

static const gf_ndrange_variant ndrange_variants[] = {
    {.name = "naive",
     .summary = "one work-item per candidate",
     .suits = gf_ndrange_suits_scalar,
     .plan = plan_naive,
     .needs = naive_needs},
    {.name = "reciprocals",
     .summary = "the same with exact f64 in place of integer remainders",
     .suits = reciprocals_suit,
     .plan = plan_reciprocals,
     .needs = reciprocals_needs},
    {.name = "vector",
     .summary = "one work-item per thread, explicit vectors of exact f64",
     .suits = vector_suits,
     .plan = plan_vector,
     .needs = vector_needs},
};

static void mix(const gf_problem *problem, gf_kernel_mix *mix) {
    *mix = (gf_kernel_mix){.kind = GF_KERNEL_INTEGER, .remainders = 1, .items = problem->cost.work};
}

/* ---- The descriptor ---------------------------------------------------- */

/* A number that the first division shows not to be a prime, while other work-items may be busy with
 * what they have taken; then primes, from one block of candidates on. */
static const char *const calibration[] = {"number=1000000000000000000",
                                          "number=10007",
                                          "number=1000003",
                                          "number=100000007",
                                          "number=10000000019",
                                          "number=1000000000039",
                                          "number=20000000000021",
                                          "number=99999999999973",
                                          "number=1000000000000037",
                                          "number=9999999999999937",
                                          "number=18014398509481951",
                                          NULL};

const gf_workload gf_workload_prime = {
    .name = "prime",
    .stem = "prime",
    .summary = "primality by trial division: integer divisions, early exit, a small result",
    .work_unit = "divisions",
    .rate_unit = "Gdiv/s",
    .operations_note = "64-bit remainders, atomics on 32 bits; f64 in two variants",
    .params = params,
    .param_count = GF_COUNT_OF(params),
    .precision = GF_PRECISION_INTEGER,
    .set_up = set_up,
    .fill = fill,
    .checksum = checksum,
    .work = work,
    .calibration = calibration,
    .describe = describe,
    .check_sample = check_sample,
    .mix = mix,
    .sample_operations = sample_operations,
    .known_answer = known_answer,
    .divide = divide,
    .set_part = set_part,
    .join = join,
    .operations_estimated = true,
    .cpu_lanes_independent = true,
    .ndrange_variants = ndrange_variants,
    .ndrange_variant_count = GF_COUNT_OF(ndrange_variants),
};
