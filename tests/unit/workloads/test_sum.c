/* The sum of many values: its order of additions against another formulation, and its sums against
 * exact ones. */
#include <math.h>

#include "base/array.h"
#include "device/cpu_kernels.h"
#include "measure/comparison.h"
#include "problem/problem.h"
#include "real_devices.h"

TestSuite(sum, .timeout = 200);

/* A block, as the workload defines it. */
#define BLOCK_ROWS 64
#define LANES      256
#define BLOCK      ((size_t)BLOCK_ROWS * LANES)

static const char *const precisions[] = {"f64", "f32"};
static const char *const counts[] = {"1",     "2",     "255",   "256",   "257",
                                     "16383", "16384", "16385", "40000", "70001"};
#define COUNTS (GF_COUNT_OF(counts))

static bench open_sum(const char *count, const char *precision, const char *devices) {
    const setting settings[] = {{"count", count}, {"precision", precision}, {NULL, NULL}};
    return bench_open("sum", settings, devices, 2);
}

static double element(gf_type type, const void *array, size_t index) {
    return type == GF_TYPE_F64 ? ((const double *)array)[index]
                               : (double)((const float *)array)[index];
}

static void put(gf_type type, void *array, size_t index, double value) {
    if (type == GF_TYPE_F64)
        ((double *)array)[index] = value;
    else
        ((float *)array)[index] = (float)value;
}

/* ---- The order of additions -------------------------------------------- */

/* One addition in the precision. volatile prevents fusing and more digits. */
static double add(gf_type type, double a, double b) {
    volatile float narrow = (float)a + (float)b;
    volatile double wide = a + b;
    return type == GF_TYPE_F64 ? wide : (double)narrow;
}

/* The sum of the lanes that are `lane` modulo `stride`, as a tree from its root: the last addition
 * is of the even and the odd lanes, each a tree of its own. */
static double tree_sum(gf_type type, const void *values, size_t valid, size_t lane, size_t stride) {
    if (stride < LANES)
        return add(type, tree_sum(type, values, valid, lane, 2 * stride),
                   tree_sum(type, values, valid, lane + stride, 2 * stride));
    double sum = 0;
    for (size_t i = lane; i < BLOCK; i += LANES)
        sum = add(type, sum, i < valid ? element(type, values, i) : 0);
    return sum;
}

static void expect_order(bench *b, size_t device, const char *what) {
    const gf_result *result = bench_run(b, device, what);
    const gf_type type = bench_result_spec(b)->type;
    const size_t count = gf_problem_u32(b->comparison->problem, "count");
    for (size_t block = 0; block * BLOCK < count; block++) {
        const size_t first = block * BLOCK;
        const char *values =
            (const char *)b->comparison->truth.inputs[0] + first * gf_type_size(type);
        const double expected =
            tree_sum(type, values, count - first < BLOCK ? count - first : BLOCK, 0, 1);
        const double got = element(type, b->comparison->run.output, block);
        cr_assert_eq(got, expected, "%s on %s: block %zu is %.17g, not %.17g", what, result->label,
                     block, got, expected);
    }
}

Test(sum, every_device_adds_in_the_defined_order) {
    uint64_t state = 61;
    for (size_t p = 0; p < 2; p++) {
        bench b = open_sum("1", precisions[p], EVERYTHING);
        for (size_t i = 0; i < COUNTS; i++) {
            bench_set(&b, "count", counts[i]);
            bench_restart(&b, GF_VERIFY_FULL);
            bench_scramble_inputs(&b, -1e3, 1e3, &state);
            for (size_t k = 0; k < b.selection.count; k++)
                expect_order(&b, k, counts[i]);
        }
        bench_close(&b);
    }
}

/* The missing values of the last block do not count, whatever is in their place. */
Test(sum, values_beyond_the_count_are_not_added) {
    bench b = open_sum("300", "f64", EVERYTHING);
    for (size_t k = 0; k < b.selection.count; k++) {
        bench_restart(&b, GF_VERIFY_FULL);
        bench_make_inputs(&b);
        double *values = b.comparison->truth.inputs[0];
        for (size_t i = 0; i < BLOCK; i++)
            values[i] = i < 300 ? 1 : NAN;
        const gf_result *result = bench_run(&b, k, "300 ones");
        cr_expect_eq(((const double *)b.comparison->run.output)[0], 300, "%s", result->label);
        cr_expect_eq(result->checksum, 300, "%s", result->label);
    }
    bench_close(&b);
}

/* Sums start from +0, which -0 does not change. */
Test(sum, minus_zeros_add_up_to_plus_zero) {
    for (size_t p = 0; p < 2; p++) {
        bench b = open_sum("20000", precisions[p], EVERYTHING);
        bench_make_inputs(&b);
        const gf_type type = bench_result_spec(&b)->type;
        for (size_t i = 0; i < 20000; i++)
            put(type, b.comparison->truth.inputs[0], i, -0.0);
        for (size_t k = 0; k < b.selection.count; k++) {
            const gf_result *result = bench_run(&b, k, "minus zeros");
            for (size_t block = 0; block < 2; block++)
                cr_expect_not(signbit(element(type, b.comparison->run.output, block)), "%s, %s",
                              result->label, precisions[p]);
        }
        bench_close(&b);
    }
}

/* Whole numbers are added without rounding in any order, so the sum has a closed form. */
Test(sum, whole_numbers_add_up_exactly) {
    for (size_t p = 0; p < 2; p++) {
        bench b = open_sum("40000", precisions[p], EVERYTHING);
        bench_make_inputs(&b);
        for (size_t i = 0; i < 40000; i++)
            put(bench_result_spec(&b)->type, b.comparison->truth.inputs[0], i, (double)(i % 1000));
        for (size_t k = 0; k < b.selection.count; k++) {
            const gf_result *result = bench_run(&b, k, "whole numbers");
            cr_expect_eq(result->checksum, 40 * 499500.0, "%s, %s: %.17g", result->label,
                         precisions[p], result->checksum);
        }
        bench_close(&b);
    }
}

/* ---- The values and their exact sum ------------------------------------ */

/* A sum of multiples of 2^-53 below 1: whole units, and a rest in multiples of 2^-53. */
typedef struct exact_sum {
    uint64_t units, fraction;
} exact_sum;

#define UNIT (UINT64_C(1) << 53)

/* sum - exact. The units cancel before anything is rounded. */
static double distance(double sum, const exact_sum *exact) {
    return (sum - (double)exact->units) - (double)exact->fraction * 0x1p-53;
}

/* The values are made with splitmix64 from seed 0, as by random_bits. */
Test(sum, sums_are_as_near_to_the_exact_ones_as_their_order_promises) {
    for (size_t p = 0; p < 2; p++) {
        const uint32_t digits = p == 0 ? 53 : 24;
        bench b = open_sum("70001", precisions[p], "native:scalar");
        bench_run(&b, 0, "exact");
        const gf_type type = bench_result_spec(&b)->type;
        uint64_t state = 0;
        for (size_t block = 0; block < 5; block++) {
            exact_sum exact = {0, 0};
            for (size_t i = block * BLOCK; i < (block + 1) * BLOCK && i < 70001; i++) {
                const uint64_t bits = random_bits(&state) >> (64 - digits);
                cr_assert_eq(element(type, b.comparison->truth.inputs[0], i),
                             (double)bits * (p == 0 ? 0x1p-53 : 0x1p-24), "value %zu", i);
                exact.fraction += bits << (53 - digits);
                exact.units += exact.fraction / UNIT;
                exact.fraction %= UNIT;
            }
            /* 63 additions in a lane and 8 in the tree, each rounded once. */
            const double sum = element(type, b.comparison->run.output, block);
            const double bound = 71 * (p == 0 ? 0x1p-53 : 0x1p-24) * sum;
            cr_expect_leq(fabs(distance(sum, &exact)), bound, "%s, block %zu: off by %g",
                          precisions[p], block, distance(sum, &exact));
        }
        bench_close(&b);
    }
}

Test(sum, known_answers_hold_on_every_device) {
    for (size_t p = 0; p < 2; p++) {
        bench b = open_sum("1000000", precisions[p], EVERYTHING);
        for (size_t k = 0; k < b.selection.count; k++) {
            const gf_verification *verification = &bench_run(&b, k, "known")->verification;
            cr_expect(verification->has_known_answer && verification->known_answer_holds,
                      "%s on choice %zu", precisions[p], k);
        }
        bench_close(&b);
    }
}

/* The sum of the blocks' sums is right where a plain sum would lose everything. */
Test(sum, checksum_carries_its_rounding_errors_along) {
    bench b = open_sum("70001", "f64", "native:scalar");
    const double sums[5] = {1, 1e100, 1, -1e100, 0x1p-60};
    cr_expect_eq(b.comparison->problem->workload->checksum(b.comparison->problem, sums),
                 2 + 0x1p-60);
    bench_close(&b);
}

Test(sum, the_answer_is_the_sum) {
    bench b = open_sum("16384", "f64", "native:scalar");
    const gf_result *result = bench_run(&b, 0, "answer");
    const char *start = "the 16384 values add up to 8160.09110007";
    cr_expect_eq(strncmp(result->answer, start, strlen(start)), 0, "%s", result->answer);
    bench_close(&b);
}

/* ---- Verification ------------------------------------------------------ */

/* Finds one wrong last bit: in any block in a full comparison, in the first and the last in a
 * sampled one. */
Test(sum, verification_finds_wrong_sums) {
    for (size_t p = 0; p < 2; p++) {
        bench b = open_sum("70001", precisions[p], "native:scalar");
        bench_run(&b, 0, "truth");
        unsigned char *sums = bench_copy_output(&b);
        const size_t size = gf_type_size(bench_result_spec(&b)->type);
        gf_verification verification;
        for (int sampled = 0; sampled < 2; sampled++) {
            bench_restart(&b, sampled ? GF_VERIFY_SAMPLED : GF_VERIFY_FULL);
            if (sampled)
                bench_make_inputs(&b);
            else
                bench_prepare_truth(&b);
            cr_expect(bench_accepts(&b, sums, &verification), "%s, sampled %d", precisions[p],
                      sampled);
            cr_expect_eq(verification.sampled, sampled == 1);
            for (size_t i = 0; i < 5; i += sampled ? 4 : 1) {
                sums[i * size] ^= 1;
                cr_expect_not(bench_accepts(&b, sums, &verification), "%s, block %zu, sampled %d",
                              precisions[p], i, sampled);
                sums[i * size] ^= 1;
            }
        }
        free(sums);
        bench_close(&b);
    }
}

/* Relaxed arithmetic accepts another order, but no sum that lacks a value. */
Test(sum, relaxed_takes_another_order_and_no_missing_value) {
    for (size_t p = 0; p < 2; p++) {
        bench b = open_sum("16384", precisions[p], "native:scalar");
        bench_set(&b, "math", "relaxed");
        bench_restart(&b, GF_VERIFY_FULL);
        bench_prepare_truth(&b);
        const gf_type type = bench_result_spec(&b)->type;
        double pairs[BLOCK], sum[1];
        for (size_t i = 0; i < BLOCK; i++)
            pairs[i] = element(type, b.comparison->truth.inputs[0], i);
        for (size_t half = BLOCK / 2; half > 0; half /= 2) {
            for (size_t i = 0; i < half; i++)
                pairs[i] = add(type, pairs[2 * i], pairs[2 * i + 1]);
        }
        gf_verification verification;
        put(type, sum, 0, pairs[0]);
        cr_expect(bench_accepts(&b, sum, &verification), "%s: %.17g", precisions[p], pairs[0]);
        put(type, sum, 0, pairs[0] - 0.88); /* the first value */
        cr_expect_not(bench_accepts(&b, sum, &verification), "%s", precisions[p]);
        bench_close(&b);
    }
}

/* ---- Refusals ---------------------------------------------------------- */

Test(sum, counts_out_of_range_are_refused) {
    static const char *const bad[] = {"0", "4294967296", "-1", "1e8", ""};
    const setting none[] = {{NULL, NULL}};
    gf_params *params = make_values("sum", none);
    for (size_t i = 0; i < GF_COUNT_OF(bad); i++) {
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(gf_params_set(params, "count", bad[i], &error), GF_USAGE, "%s", bad[i]);
        cr_expect_not_null(strstr(error.text, "count"), "%s: %s", bad[i], error.text);
    }
    gf_params_destroy(params);
    cr_expect_not(gf_workload_has_picture(gf_workload_find("sum", NULL)));
}
