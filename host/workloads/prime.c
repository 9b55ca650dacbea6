/* Is a number prime? Trial division by 2, 3 and every 6k-1 and 6k+1 up to its square root, in
 * blocks that end at the first divisor: integer divisions, and an exit that depends on the data.
 *
 * The result is one whole number for each block of 256 candidates: the smallest divisor among them,
 * or 0.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/array.h"
#include "base/error.h"
#include "problem/elements.h"
#include "problem/ndrange.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "problem/sampling.h"
#include "problem/workload.h"

/* Candidates of one block: enough work for a work-item, and few enough that a number of 16 digits
 * makes 41176 blocks, which occupy any GPU. */
#define BLOCK 256
/* The time of a 64-bit remainder in simple operations, roughly (Intel Ice Lake: 14 to 18 cycles;
 * more on earlier CPUs and on GPUs, which have no instruction for it). */
#define OPERATIONS_PER_DIVISION 16.0

static const gf_param params[] = {
    {.name = "number",
     .letter = 'n',
     .type = GF_PARAM_UINT,
     .default_text = "999999999999989",
     .min = 2,
     .max = 0x1p63, /* set_up refuses 2^63 itself, which a double can't tell from 2^63 - 1 */
     .placeholder = "N",
     .help = "the number to be tested, below 2^63"},
};

/* ---- Candidates -------------------------------------------------------- */

/* The largest r with r * r <= number. sqrt errs by at most a rounding, which divisions correct
 * without overflow. */
static uint64_t integer_root(uint64_t number) {
    uint64_t root = (uint64_t)sqrt((double)number);
    while (root > 0 && root > number / root)
        root--;
    while (root + 1 <= number / (root + 1))
        root++;
    return root;
}

/* The number of candidates 2, 3, 5, 7, 11, 13, 17, 19, 23, 25 ... up to `limit`: 2, 3, and the
 * numbers prime to 6, which are 2 of every 6, except 1. */
static uint32_t count_candidates(uint64_t limit) {
    if (limit < 5)
        return limit < 2 ? 0 : limit < 3 ? 1 : 2;
    const uint64_t rest = limit % 6;
    return (uint32_t)(2 + 2 * (limit / 6) + (rest >= 1 ? 1 : 0) + (rest == 5 ? 1 : 0) - 1);
}

/* The index of a divisor among the candidates: 0 for 2, 1 for 3, 2 for 5, 3 for 7, 4 for 11 ... */
static uint32_t candidate_index(uint32_t divisor) {
    if (divisor < 4)
        return divisor - 2;
    return 2 * (divisor / 6) + (divisor % 6 == 5 ? 2 : 1);
}

/* ---- The problem ------------------------------------------------------- */

static gf_status set_up(gf_problem *problem, gf_error *error) {
    const uint64_t number = gf_params_uint(problem->params, "number");
    if (number > INT64_MAX)
        return gf_error_set_parameter(error, GF_USAGE, "number",
                                      " %s: not acceptable; give a whole number from 2 to %" PRId64,
                                      gf_params_text(problem->params, "number"), INT64_MAX);
    const uint32_t candidates = count_candidates(integer_root(number));
    /* 2 and 3 have no candidates; they get one block without a divisor. */
    const size_t blocks = candidates == 0 ? 1 : gf_ndrange_pieces(candidates, BLOCK);
    const gf_status status =
        gf_problem_add_buffer(problem, "divisors", GF_ACCESS_OUT, GF_TYPE_U32, 1, 1, blocks, error);
    if (status != GF_OK)
        return status;
    gf_problem_add_u64(problem, "number", number);
    gf_problem_add_u32(problem, "candidates", candidates);
    gf_problem_add_u32(problem, "first_block", 0);
    gf_problem_add_u32(problem, "blocks", (uint32_t)blocks);
    problem->cost.work = candidates;
    problem->cost.operations = candidates * OPERATIONS_PER_DIVISION;
    problem->cost.bytes = (double)gf_problem_bytes(problem);
    return GF_OK;
}

static uint64_t number_of(const gf_problem *problem) {
    return gf_problem_scalar(problem, "number")->value.u64;
}

/* ---- The result -------------------------------------------------------- */

static size_t block_count(const gf_problem *problem) {
    return problem->buffers[problem->result].cols;
}

/* The sum of the divisors found; 0 for a prime. Exact: below 2^23 blocks with 32 bits each. */
static double checksum(const gf_problem *problem, const void *result) {
    uint64_t sum = 0;
    for (size_t i = 0; i < block_count(problem); i++)
        sum += ((const uint32_t *)result)[i];
    return (double)sum;
}

/* Divisions of one block, up to its first divisor. */
static uint32_t block_work(const gf_problem *problem, const void *result, size_t block) {
    const uint32_t divisor = ((const uint32_t *)result)[block];
    const uint32_t first = (uint32_t)block * BLOCK;
    const uint32_t left = gf_problem_u32(problem, "candidates") - first;
    if (divisor != 0)
        return candidate_index(divisor) - first + 1;
    return left < BLOCK ? left : BLOCK;
}

static double work(const gf_problem *problem, const void *result) {
    double divisions = 0;
    for (size_t i = 0; i < block_count(problem); i++)
        divisions += block_work(problem, result, i);
    return divisions;
}

static void row_work(const gf_problem *problem, const void *result, size_t row, uint32_t *work) {
    (void)row; /* there is one */
    for (size_t i = 0; i < block_count(problem); i++)
        work[i] = block_work(problem, result, i);
}

static void describe(const gf_problem *problem, const void *result, char *text, size_t size) {
    const uint64_t number = number_of(problem);
    for (size_t i = 0; i < block_count(problem); i++) {
        const uint32_t divisor = ((const uint32_t *)result)[i];
        if (divisor != 0) {
            snprintf(text, size,
                     "%" PRIu64 " = %" PRIu32 " x %" PRIu64 "; its smallest divisor is %" PRIu32,
                     number, divisor, number / divisor, divisor);
            return;
        }
    }
    snprintf(text, size,
             "%" PRIu64 " is prime: none of the %" PRIu32 " candidates up to %" PRIu64
             " divides it",
             number, gf_problem_u32(problem, "candidates"), integer_root(number));
}

/* ---- Verification: single blocks, and known answers -------------------- */

static double sample_operations(const gf_problem *problem) {
    (void)problem;
    return BLOCK * OPERATIONS_PER_DIVISION;
}

static gf_status check_sample(const gf_problem *problem, const gf_sample_request *request,
                              gf_difference *difference, gf_error *error) {
    (void)error; /* nothing here can fail */
    const size_t block = gf_sample_place(request, block_count(problem));
    uint32_t expected = 0;
    void *const buffers[] = {&expected};
    const gf_scalar_change changes[] = {{"first_block", (uint32_t)block}, {"blocks", 1}, {NULL, 0}};
    gf_reference_run(problem, request->reference, buffers, changes, request->cancel);
    gf_compare_elements(GF_TYPE_U32, &expected, (const uint32_t *)request->result + block, 1,
                        request->abs_error, difference);
    return GF_OK;
}

/* Primes known from elsewhere: the largest below 10^12, 10^15 and 10^18 (OEIS A033874), and the
 * Mersenne primes of exponents 31 and 61. */
static const uint64_t known_primes[] = {2147483647, 999999999989, 999999999999989,
                                        999999999999999989, 2305843009213693951};

static bool known_answer(const gf_problem *problem, gf_known_answer *answer) {
    for (size_t i = 0; i < GF_COUNT_OF(known_primes); i++) {
        if (known_primes[i] == number_of(problem)) {
            *answer = (gf_known_answer){0, 0};
            return true;
        }
    }
    return false;
}

/* ---- NDRange plans ----------------------------------------------------- */

static void plan_naive(const gf_problem *problem, const gf_device_info *device,
                       const uint32_t *tuning, gf_ndrange_plan *plan) {
    enum { GROUP = 64 };
    (void)device;
    (void)tuning;
    *plan = (gf_ndrange_plan){
        .kernel = "prime_naive",
        .dimensions = 1,
        .global = {gf_ndrange_pieces(gf_problem_u32(problem, "blocks"), GROUP) * GROUP, 1},
        .local = {GROUP, 1},
        .steps_per_launch = 1};
}

/* The remainders need f64 arithmetic, which not every device has. */
static uint32_t vector_suits(const gf_problem *problem, const gf_device_info *device) {
    return device->f64 ? gf_ndrange_suits_vector(problem, device) : 0;
}

/* One work-item for each run of GF_RUN blocks: long enough to pay for the divisions at its start,
 * short enough to balance the load. */
static void plan_vector(const gf_problem *problem, const gf_device_info *device,
                        const uint32_t *tuning, gf_ndrange_plan *plan) {
    enum { RUN = 16, MOST_LANES = 8 };
    (void)tuning;
    const uint32_t lanes = device->vector_width_f64 >= MOST_LANES ? MOST_LANES : 4;
    *plan =
        (gf_ndrange_plan){.kernel = "prime_vector",
                          .dimensions = 1,
                          .global = {gf_ndrange_pieces(gf_problem_u32(problem, "blocks"), RUN), 1},
                          .local = {1, 1},
                          .steps_per_launch = 1};
    /* From 2^53 on a double does not hold every whole number. */
    snprintf(plan->options, sizeof plan->options, "-D GF_LONG_VECTOR=%u -D GF_RUN=%d -D GF_WIDE=%d",
             lanes, RUN, number_of(problem) >> 53 != 0 ? 1 : 0);
}

static const gf_ndrange_variant ndrange_variants[] = {
    {.name = "naive",
     .summary = "one work-item per block of candidates",
     .suits = gf_ndrange_suits_scalar,
     .plan = plan_naive},
    {.name = "vector",
     .summary = "one work-item per run of blocks, explicit vectors of exact f64",
     .suits = vector_suits,
     .plan = plan_vector},
};

/* ---- The descriptor ---------------------------------------------------- */

/* Primes, from one block of candidates on. */
static const char *const calibration[] = {"number=10007",
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
    .summary = "primality by trial division: integer divisions, early exit, a small result",
    .work_unit = "divisions",
    .rate_unit = "Gdiv/s",
    .operations_note = "64-bit remainders; f64 in one variant; no local memory, no atomics",
    .params = params,
    .param_count = GF_COUNT_OF(params),
    .set_up = set_up,
    .checksum = checksum,
    .work = work,
    .calibration = calibration,
    .row_work = row_work,
    .describe = describe,
    .check_sample = check_sample,
    .sample_operations = sample_operations,
    .known_answer = known_answer,
    .cpu_lanes_independent = true,
    .ndrange_variants = ndrange_variants,
    .ndrange_variant_count = GF_COUNT_OF(ndrange_variants),
};
