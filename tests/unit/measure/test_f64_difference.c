/* How far f32 is from f64: against loops of this file, and a picture whose count is known. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "device/session.h"
#include "made_problem.h"
#include "measure/reference/f64_difference.h"

TestSuite(f64_difference, .timeout = 120);

#define OF(...)                                                                                    \
    (const char *const[]) {                                                                        \
        __VA_ARGS__, NULL                                                                          \
    }

/* A session without any device will do. */
static gf_status try_difference(const char *workload, const char *const *values, double operations,
                                const volatile sig_atomic_t *cancel,
                                gf_f64_difference *difference) {
    static gf_session session;
    gf_run_options options = gf_run_options_or_defaults(NULL);
    options.cancel = cancel;
    const gf_context context = {&session, &options};
    gf_error error = GF_ERROR_INIT;
    gf_problem *problem = made_problem(workload, values);
    const gf_status status =
        gf_f64_difference_of(problem, operations > 0 ? operations : problem->cost.operations,
                             &context, difference, &error);
    gf_error_clear(&error);
    gf_problem_destroy(problem);
    return status;
}

static gf_f64_difference difference_of(const char *workload, const char *const *values,
                                       double operations) {
    gf_f64_difference difference;
    cr_assert_eq(try_difference(workload, values, operations, NULL, &difference), GF_OK);
    return difference;
}

/* 618 pixels of the default picture, as the work that introduced it counted. */
Test(f64_difference, counts_the_pixels_of_a_picture) {
    const gf_f64_difference found = difference_of("julia", OF("max-iter", "300"), 3e8);
    char text[160];
    cr_expect_eq(found.difference.compared, 1000000);
    cr_expect_eq(found.difference.mismatches, 618);
    cr_expect_float_eq(found.largest, 300, 0);
    cr_expect(found.difference.max_abs_error > 0 && found.difference.max_abs_error < 300);
    cr_expect_str_eq(found.at, "");
    gf_f64_difference_format(&found, text, sizeof text);
    cr_expect_eq(strstr(text, "618 of 1000000 elements differ from those of f64, by up to "), text,
                 "%s", text);
}

#define SIDE  64
#define STEPS 20

/* The same steps for a field of each type, in the order that strict arithmetic has. */
#define DEFINE_STEPS(real, name)                                                                   \
    static void name(real field[SIDE][SIDE], real rate) {                                          \
        static real next[SIDE][SIDE];                                                              \
        for (int step = 0; step < STEPS; step++) {                                                 \
            memcpy(next, field, sizeof next);                                                      \
            for (int i = 1; i < SIDE - 1; i++) {                                                   \
                for (int j = 1; j < SIDE - 1; j++) {                                               \
                    real sum = field[i + 1][j] + field[i - 1][j];                                  \
                    sum = sum + field[i][j + 1];                                                   \
                    sum = sum + field[i][j - 1];                                                   \
                    sum = sum - 4 * field[i][j];                                                   \
                    next[i][j] = field[i][j] + rate * sum;                                         \
                }                                                                                  \
            }                                                                                      \
            memcpy(field, next, sizeof next);                                                      \
        }                                                                                          \
    }
DEFINE_STEPS(float, step_f32)
DEFINE_STEPS(double, step_f64)

Test(f64_difference, measures_a_field) {
    static float single[SIDE][SIDE];
    static double full[SIDE][SIDE];
    for (int i = (int)(0.4 * SIDE); i < (int)(0.5 * SIDE); i++) {
        for (int j = (int)(0.4 * SIDE); j < (int)(0.5 * SIDE); j++) {
            full[i][j] = 0.005;
            single[i][j] = (float)full[i][j];
        }
    }
    step_f32(single, (float)0.1);
    step_f64(full, 0.1);
    gf_f64_difference expected = {.largest = 0};
    for (int i = 0; i < SIDE; i++) {
        for (int j = 0; j < SIDE; j++) {
            const double deviation = fabs((double)single[i][j] - full[i][j]);
            expected.difference.mismatches += deviation > 0;
            expected.difference.max_abs_error = fmax(expected.difference.max_abs_error, deviation);
            expected.largest = fmax(expected.largest, full[i][j]);
        }
    }
    const gf_f64_difference found =
        difference_of("diffusion", OF("size", "64x64", "steps", "20"), 0);
    cr_expect_eq(found.difference.compared, SIDE * SIDE);
    cr_expect_eq(found.difference.mismatches, expected.difference.mismatches);
    cr_expect_float_eq(found.difference.max_abs_error, expected.difference.max_abs_error, 0);
    cr_expect_float_eq(found.largest, expected.largest, 0);
}

/* What would take long is counted where it does not, and is the count of that problem. */
Test(f64_difference, is_counted_in_a_smaller_problem_that_it_names) {
    const gf_f64_difference large =
        difference_of("julia", OF("size", "4096x2048", "max-iter", "5000"), 6.4e10);
    cr_expect_str_eq(large.at, "size 512x256");
    const gf_f64_difference small =
        difference_of("julia", OF("size", "512x256", "max-iter", "5000"), 1e9);
    cr_expect_eq(large.difference.compared, 512 * 256);
    cr_expect_eq(large.difference.mismatches, small.difference.mismatches);
    cr_expect_float_eq(large.difference.max_abs_error, small.difference.max_abs_error, 0);
    const gf_f64_difference sum = difference_of("sum", OF("count", "50000000"), 0);
    cr_expect_str_eq(sum.at, "count 12500000");
}

/* One that no smaller size shortens enough, and one without precisions. */
Test(f64_difference, is_not_counted_at_any_price) {
    gf_f64_difference difference;
    cr_expect_eq(try_difference("diffusion", OF("size", "64x64", "steps", "1000000000"), 0, NULL,
                                &difference),
                 GF_UNSUPPORTED);
    cr_expect_eq(try_difference("prime", OF("number", "10007"), 0, NULL, &difference),
                 GF_UNSUPPORTED);
    const volatile sig_atomic_t cancel = 1;
    cr_expect_eq(try_difference("julia", OF("size", "64x64"), 0, &cancel, &difference),
                 GF_INTERRUPTED);
}
