/* Primality by trial division: against known number theory, and every vector kernel against plain
 * remainders where its arithmetic is nearest to its limits. */
#include <math.h>

#include "base/array.h"
#include "device/cpu_kernels.h"
#include "measure/comparison.h"
#include "problem/problem.h"
#include "real_devices.h"
#include "workloads/prime/prime_factors.h"

TestSuite(prime, .timeout = 200);

#define BLOCK 256 /* candidates, as the workload defines it */

/* ---- An independent view of the candidates ----------------------------- */

/* The next candidate: 2, 3, 5, 7, 11, 13 ... */
static uint32_t next_candidate(uint32_t candidate) {
    if (candidate < 5)
        return candidate == 2 ? 3 : 5;
    return candidate + (candidate % 6 == 5 ? 2 : 4);
}

/* The candidate at an index: the first and the third of each six numbers from 6k-1 on. */
static uint64_t candidate_at(uint64_t index) {
    if (index < 2)
        return 2 + index;
    return 6 * (index / 2) - 1 + 2 * (index % 2);
}

/* The last candidate up to `limit` >= 5 has this index. */
static uint64_t last_index(uint64_t limit) {
    uint64_t index = limit / 3 + 2;
    while (candidate_at(index) > limit)
        index--;
    return index;
}

/* The smallest divisor among the candidates of one block up to the root; 0: none. */
static uint32_t expected_in_block(uint64_t number, uint64_t candidates, uint64_t block) {
    for (uint64_t i = block * BLOCK; i < (block + 1) * BLOCK && i < candidates; i++) {
        if (number % candidate_at(i) == 0)
            return (uint32_t)candidate_at(i);
    }
    return 0;
}

/* ---- Kernels alone ----------------------------------------------------- */

/* Whole numbers run the compilation of a kernel that has 64-bit lanes. */
static bool runs_here(const gf_cpu_kernel_entry *entry) {
    return strcmp(entry->stem, "prime") == 0 && (gf_isa_detect() & gf_isa_bit(entry->isa)) != 0 &&
           entry->real_bits == gf_precision_cpu_bits(GF_PRECISION_INTEGER);
}

static uint32_t run_kernel(gf_cpu_kernel kernel, uint64_t number, uint64_t candidates,
                           uint64_t first_block, uint32_t blocks, uint32_t threads) {
    uint32_t search[2] = {0, 0};
    void *const buffers[] = {search};
    const gf_scalar scalars[] = {
        {.name = "number", .type = GF_TYPE_U64, .value.u64 = number},
        {.name = "candidates", .type = GF_TYPE_U32, .value.u32 = (uint32_t)candidates},
        {.name = "first_block", .type = GF_TYPE_U32, .value.u32 = (uint32_t)first_block},
        {.name = "blocks", .type = GF_TYPE_U32, .value.u32 = blocks}};
    const gf_kernel_args args = {.buffers = buffers,
                                 .buffer_count = 1,
                                 .scalars = scalars,
                                 .scalar_count = 4,
                                 .thread_count = threads};
    kernel(&args);
    cr_assert_eq(search[1], blocks, "%u of %u blocks", search[1], blocks);
    return search[0];
}

static uint32_t expected_in_blocks(uint64_t number, uint64_t candidates, uint64_t first,
                                   uint32_t blocks) {
    uint32_t divisor = 0;
    for (uint32_t k = 0; divisor == 0 && k < blocks; k++)
        divisor = expected_in_block(number, candidates, first + k);
    return divisor;
}

/* Runs every kernel on `before` blocks, of which the last has `divisor`. */
static void expect_found(uint64_t number, uint64_t divisor, uint32_t before) {
    const uint64_t candidates = last_index((uint64_t)sqrtl((long double)number)) + 1;
    const uint64_t block = last_index(divisor) / BLOCK;
    const uint32_t blocks = before < block + 1 ? before : (uint32_t)block + 1;
    const uint64_t first = block + 1 - blocks;
    const uint32_t expected = expected_in_blocks(number, candidates, first, blocks);
    cr_assert_neq(expected, 0, "%llu is not divisible by %llu", (unsigned long long)number,
                  (unsigned long long)divisor);
    for (size_t i = 0; i < gf_cpu_kernel_count; i++) {
        if (!runs_here(&gf_cpu_kernels[i]))
            continue;
        const uint32_t found =
            run_kernel(gf_cpu_kernels[i].function, number, candidates, first, blocks, 1);
        cr_assert_eq(found, expected, "%llu on %s: %u from block %llu on, not %u",
                     (unsigned long long)number, gf_isa_name(gf_cpu_kernels[i].isa), found,
                     (unsigned long long)first, expected);
    }
}

static uint64_t next_prime_to_6(uint64_t number) {
    while (number % 2 == 0 || number % 3 == 0)
        number++;
    return number;
}

/* A random candidate with a uniformly distributed logarithm. */
static uint64_t random_divisor(uint64_t *state, double low, double high) {
    return next_prime_to_6((uint64_t)exp2(random_real(state, log2(low), log2(high))));
}

/* Every kernel finds the divisor of a product with a cofactor that is not smaller, up to 2^63, at
 * any place of a run. Three bands: numbers that need one remainder, numbers around 2^53, from which
 * on they need two, and numbers just below 2^63. */
Test(prime, no_kernel_misses_a_divisor) {
    static const struct {
        double low, high;
    } bands[] = {
        {0x1p24, 0x1p53}, {0x1.ffffp52, 0x1.0001p53}, {0x1p53, 0x1p63}, {0x1.ffp62, 0x1p63}};
    uint64_t state = 53;
    for (size_t band = 0; band < GF_COUNT_OF(bands); band++) {
        for (int k = 0; k < 4000; k++) {
            const double number = random_real(&state, bands[band].low, bands[band].high);
            const uint64_t d = random_divisor(&state, 5, sqrt(number) - 8);
            const uint64_t cofactor = (uint64_t)number / d;
            expect_found(d * cofactor, d, 1 + (uint32_t)random_below(&state, 4));
        }
    }
}

/* The error of a kernel is nearest to the limit where it changes from divisions to two Newton steps
 * and to one: quotient * (1.25 step / d)^2 or ^4 = 1/4, for steps of 24 (two lanes) to 96 (eight).
 * Runs have many blocks, so that the error is that after many groups. */
Test(prime, no_kernel_misses_a_divisor_where_its_method_changes) {
    uint64_t state = 59;
    for (double step = 24; step <= 96; step *= 2) {
        for (int k = 0; k < 150; k++) {
            const double number = exp2(random_real(&state, 36, 53));
            const double e = 1.25 * step;
            const double limits[] = {cbrt(4 * e * e * number),
                                     pow(4 * e * e * e * e * number, 0.2)};
            for (int power = 0; power < 2; power++) {
                const uint64_t d =
                    next_prime_to_6((uint64_t)(limits[power] * random_real(&state, 0.97, 1.1)) + 5);
                if ((double)d * (double)d < number)
                    expect_found(d * ((uint64_t)number / d), d, 130);
            }
        }
    }
}

/* In squares of primes and products of neighbouring primes the only divisor is the last candidate.
 * The primes are from tables. */
Test(prime, divisors_at_the_square_root_are_found) {
    static const uint64_t pairs[][2] = {
        {999983, 1000003},        {31622743, 31622777},     {94906249, 94906249},
        {94906249, 94906297},     {94906297, 94906297},     {2147483647, 2147483647},
        {2147483629, 2147483647}, {3037000453, 3037000493}, {3037000493, 3037000493},
        {3037000493, 3037000507}, {1000003, 1000003},       {31622743, 31622743},
    };
    for (size_t i = 0; i < GF_COUNT_OF(pairs); i++) {
        const uint64_t number = pairs[i][0] * pairs[i][1];
        expect_found(number, pairs[i][0], 130);
        expect_found(number, pairs[i][0], 1);
    }
}

/* Each number below 10^4, against the sieve of Eratosthenes. */
Test(prime, small_numbers_agree_with_a_sieve) {
    enum { MOST = 10000 };
    static uint32_t smallest[MOST];
    for (uint32_t p = 2; p < MOST; p++) {
        for (uint32_t m = p; smallest[p] == 0 && m < MOST; m += p)
            smallest[m] = smallest[m] == 0 && m != p ? p : smallest[m];
    }
    for (uint32_t n = 2; n < MOST; n++) {
        uint32_t candidates = 0;
        for (uint32_t c = 2; c * c <= n; c = next_candidate(c))
            candidates++;
        for (size_t i = 0; i < gf_cpu_kernel_count; i++) {
            if (!runs_here(&gf_cpu_kernels[i]))
                continue;
            const uint32_t divisor = run_kernel(gf_cpu_kernels[i].function, n, candidates, 0, 1, 1);
            cr_assert_eq(divisor, smallest[n], "%u on %s: %u, not %u", n,
                         gf_isa_name(gf_cpu_kernels[i].isa), divisor, smallest[n]);
        }
    }
}

/* The product of three primes from different places: several threads find several of them, in any
 * order, and the smallest is the result. */
Test(prime, threads_agree_on_the_smallest_divisor) {
    static const uint64_t primes[] = {769, 1009, 7919, 49999, 104729, 262147, 611953, 999983};
    enum { COUNT = GF_COUNT_OF(primes) };
    for (size_t a = 0; a < COUNT; a++) {
        for (size_t b = a; b < COUNT; b++) {
            const uint64_t number = primes[a] * primes[b] * primes[COUNT - 1];
            const uint64_t candidates = last_index((uint64_t)sqrtl((long double)number)) + 1;
            const uint32_t blocks = (uint32_t)((candidates + BLOCK - 1) / BLOCK);
            for (size_t i = 0; i < gf_cpu_kernel_count; i++) {
                for (uint32_t threads = 1; runs_here(&gf_cpu_kernels[i]) && threads <= 5; threads++)
                    cr_expect_eq(run_kernel(gf_cpu_kernels[i].function, number, candidates, 0,
                                            blocks, threads),
                                 primes[a], "%llu, %u threads", (unsigned long long)number,
                                 threads);
            }
        }
    }
}

/* ---- The workload on every device -------------------------------------- */

static gf_problem *make_problem(const char *number, gf_status expected, gf_error *error) {
    const setting none[] = {{NULL, NULL}};
    gf_params *params = make_values("prime", none);
    gf_problem *problem = NULL;
    gf_status status = gf_params_set(params, "number", number, error);
    if (status == GF_OK)
        status = gf_problem_create(params, &problem, error);
    gf_params_destroy(params);
    cr_assert_eq(status, expected, "--number %s: %s", number, error->text);
    return problem;
}

static uint64_t candidates_of(uint64_t number) {
    char text[32];
    gf_error error = GF_ERROR_INIT;
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    gf_problem *problem = make_problem(text, GF_OK, &error);
    const uint64_t candidates = gf_problem_u32(problem, "candidates");
    cr_expect_eq(gf_problem_u32(problem, "blocks"),
                 candidates == 0 ? 1 : (candidates + BLOCK - 1) / BLOCK);
    cr_expect_eq(problem->precision, GF_PRECISION_INTEGER);
    gf_problem_destroy(problem);
    return candidates;
}

/* The square root is exact: p is a candidate of p^2, not of p^2 - 1. */
Test(prime, candidates_end_at_the_exact_square_root) {
    uint64_t expected = 0, next = 2;
    for (uint64_t n = 2; n < 20000; n++) {
        for (; next * next <= n; next = next_candidate((uint32_t)next))
            expected++;
        cr_assert_eq(candidates_of(n), expected, "%llu", (unsigned long long)n);
    }
    static const uint64_t roots[] = {65537,      1000003,    94906249,   94906265,  94906297,
                                     2147483647, 3037000493, 3037000499, 3037000495};
    for (size_t i = 0; i < GF_COUNT_OF(roots); i++) {
        const uint64_t square = roots[i] * roots[i], at = candidates_of(square);
        const bool is_candidate = roots[i] % 2 != 0 && roots[i] % 3 != 0;
        cr_expect_eq(at, last_index(roots[i]) + 1, "%llu", (unsigned long long)square);
        cr_expect_eq(at - candidates_of(square - 1), is_candidate ? 1 : 0, "below %llu",
                     (unsigned long long)square);
        cr_expect_eq(at, candidates_of(square + 1), "above %llu", (unsigned long long)square);
    }
}

/* Smallest divisors; 0: prime. Carmichael numbers (OEIS A002997), Fermat's F5, primes and
 * semiprimes around powers of 10 and of 2. */
static const struct {
    const char *number;
    uint32_t smallest;
    const char *answer; /* NULL: not checked */
} known[] = {
    {"2", 0, "2 is prime"},
    {"3", 0, "3 is prime"},
    {"4", 2, "4 = 2 x 2; its smallest divisor is 2"},
    {"5", 0, NULL},
    {"9", 3, NULL},
    {"25", 5, NULL},
    {"49", 7, NULL},
    {"91", 7, "91 = 7 x 13; its smallest divisor is 7"},
    {"561", 3, NULL},
    {"1105", 5, NULL},
    {"1729", 7, NULL},
    {"29341", 13, NULL},
    {"252601", 41, NULL},
    {"294409", 37, NULL},
    {"56052361", 211, NULL},
    {"118901521", 271, NULL},
    {"172947529", 307, NULL},
    {"4294967297", 641, "4294967297 = 641 x 6700417; its smallest divisor is 641"},
    {"2147483647", 0, NULL},
    {"999966000289", 999983, NULL},
    {"999985999949", 999983, NULL},
    {"1000006000009", 1000003, NULL},
    {"999999999989", 0, NULL},
    {"1000000000039", 0, NULL},
    {"999999999999989", 0,
     "999999999999989 is prime: none of the 10540926 candidates up to 31622776 divides it"},
    {"999998950017311", 31622743, NULL},
    {"9007199254740881", 0, NULL}, /* the last prime below 2^53 */
    {"9007199254740997", 0, NULL}, /* the first above */
    {"9007196099250001", 94906249, NULL},
    {"9007205210252209", 94906297, NULL},
};

Test(prime, every_device_finds_the_smallest_divisor) {
    const setting none[] = {{NULL, NULL}};
    bench b = bench_open("prime", none, EVERYTHING, 0);
    for (size_t i = 0; i < GF_COUNT_OF(known); i++) {
        bench_set(&b, "number", known[i].number);
        bench_restart(&b, GF_VERIFY_FULL);
        for (size_t k = 0; k < b.selection.count; k++) {
            const gf_result *result = bench_run(&b, k, known[i].number);
            const uint32_t *search = b.comparison->run.output;
            cr_expect_eq(search[0], known[i].smallest, "%s on %s: %u", known[i].number,
                         result->label, search[0]);
            cr_expect(known[i].answer == NULL ||
                          strncmp(result->answer, known[i].answer, strlen(known[i].answer)) == 0,
                      "%s on %s: %s", known[i].number, result->label, result->answer);
        }
    }
    bench_close(&b);
}

/* Every number has a known answer, from another algorithm. */
Test(prime, answers_are_known) {
    const setting settings[] = {{"number", "999999999989"}, {NULL, NULL}};
    bench b = bench_open("prime", settings, "native", 0);
    for (size_t i = 0; i < GF_COUNT_OF(known); i++) {
        bench_set(&b, "number", known[i].number);
        bench_restart(&b, GF_VERIFY_FULL);
        const gf_result *result = bench_run(&b, 0, known[i].number);
        cr_expect(result->verification.has_known_answer && result->verification.known_answer_holds,
                  "%s", known[i].number);
        cr_expect_eq(result->verification.known_answer.checksum, known[i].smallest, "%s",
                     known[i].number);
        cr_expect_eq(result->checksum, known[i].smallest, "%s", known[i].number);
    }
    bench_close(&b);
}

/* A search ends soon after a divisor was found: of these numbers near 2^62 in the first, the
 * second, the 137th and the 797th block of 2.8 million. To search up to all their square roots
 * would take ten times as long as this test may. */
Test(prime, searches_end_at_a_divisor) {
    static const uint32_t divisors[] = {2, 7, 997, 104729, 611953};
    bench b = bench_open("prime", (const setting[]){{NULL, NULL}}, EVERYTHING, 0);
    for (uint64_t k = 0; k < 40; k++) {
        for (size_t i = 0; i < GF_COUNT_OF(divisors); i++) {
            char number[32];
            snprintf(
                number, sizeof number, "%llu",
                (unsigned long long)(divisors[i] *
                                     gf_prime_from((UINT64_C(1) << 62) / divisors[i] + k * k)));
            bench_set(&b, "number", number);
            bench_restart(&b, GF_VERIFY_FULL);
            for (size_t d = 0; d < b.selection.count; d++)
                cr_expect_eq(bench_run(&b, d, number)->checksum, divisors[i], "%s", number);
        }
    }
    bench_close(&b);
}

/* ---- Work -------------------------------------------------------------- */

static double planned_work(uint64_t number) {
    char text[32];
    gf_error error = GF_ERROR_INIT;
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    gf_problem *problem = make_problem(text, GF_OK, &error);
    const double work = problem->cost.work;
    cr_expect_eq(problem->cost.operations / work, 16);
    gf_problem_destroy(problem);
    return work;
}

/* The divisions of a plain loop, which are known before the search and are found by it. */
Test(prime, work_ends_at_the_smallest_divisor) {
    for (uint32_t n = 4; n < 20000; n++) {
        uint32_t divisions = 0;
        for (uint32_t c = 2; c * c <= n; c = next_candidate(c)) {
            divisions++;
            if (n % c == 0)
                break;
        }
        cr_assert_eq(planned_work(n), divisions, "%u: %g, not %u", n, planned_work(n), divisions);
    }
    static const struct {
        uint64_t number, smallest;
    } composites[] = {{UINT64_C(1000000000000000000), 2},
                      {1053924187, 1013},
                      {UINT64_C(3037000453) * 3037000493, 3037000453},
                      {UINT64_C(2147483647) * 2147483647, 2147483647},
                      {UINT64_C(104729) * 104729 * 104729, 104729}};
    for (size_t i = 0; i < GF_COUNT_OF(composites); i++)
        cr_expect_eq(planned_work(composites[i].number),
                     (double)last_index(composites[i].smallest) + 1, "%llu",
                     (unsigned long long)composites[i].number);
    cr_expect_eq(planned_work(UINT64_C(2305843009213693951)),
                 (double)last_index(1518500249) + 1); /* a prime; the root of 2^61 - 1 */
}

/* 1013 * 1019 * 1021 */
Test(prime, work_done_is_the_planned_work) {
    static const char *const numbers[] = {"1053924187", "999999999989", "1000000000000000000"};
    const setting none[] = {{NULL, NULL}};
    bench b = bench_open("prime", none, "native", 0);
    for (size_t i = 0; i < GF_COUNT_OF(numbers); i++) {
        bench_set(&b, "number", numbers[i]);
        bench_restart(&b, GF_VERIFY_FULL);
        const gf_result *result = bench_run(&b, 0, numbers[i]);
        cr_expect_eq(result->work, planned_work(strtoull(numbers[i], NULL, 10)), "%s", numbers[i]);
    }
    bench_close(&b);
}

/* ---- Verification ------------------------------------------------------ */

/* Both words count, with a whole reference and without. */
Test(prime, verification_finds_wrong_words) {
    static const char *const numbers[] = {"9999999967",
                                          "999985999949"}; /* prime; 999983 * 1000003 */
    static const uint32_t wrong[] = {7, 999979, 0xa5a5a5a5, 0};
    bench b = bench_open("prime", (const setting[]){{NULL, NULL}}, "native:scalar", 1);
    for (int k = 0; k < 4; k++) {
        bench_set(&b, "number", numbers[k / 2]);
        bench_restart(&b, k % 2 == 0 ? GF_VERIFY_FULL : GF_VERIFY_SAMPLED);
        bench_run(&b, 0, "truth");
        uint32_t *search = bench_copy_output(&b);
        gf_verification verification;
        if (k % 2 == 0)
            bench_prepare_truth(&b);
        for (size_t word = 0; word < 2; word++) {
            const uint32_t right = search[word];
            cr_expect(bench_accepts(&b, search, &verification));
            cr_expect_eq(verification.sampled, k % 2 == 1);
            for (size_t i = 0; i < GF_COUNT_OF(wrong); i++) {
                search[word] = wrong[i];
                cr_expect_eq(bench_accepts(&b, search, &verification), wrong[i] == right,
                             "%s, word %zu: %u", numbers[k / 2], word, wrong[i]);
            }
            search[word] = right;
        }
        free(search);
    }
    bench_close(&b);
}

/* ---- Refusals ---------------------------------------------------------- */

Test(prime, numbers_out_of_range_are_refused) {
    static const char *const bad[] = {"0",   "1",     "-7", "9223372036854775808",
                                      "1e9", "seven", "",   "18446744073709551617"};
    for (size_t i = 0; i < GF_COUNT_OF(bad); i++) {
        gf_error error = GF_ERROR_INIT;
        cr_expect_null(make_problem(bad[i], GF_USAGE, &error));
        cr_expect_not_null(strstr(error.text, "number"), "%s: %s", bad[i], error.text);
        cr_expect_not_null(strstr(error.text, "from 2 to 9223372036854775807"), "%s", error.text);
    }
    gf_error error = GF_ERROR_INIT;
    gf_problem_destroy(make_problem("9223372036854775807", GF_OK, &error));
}
