/* Julia: facts, an independent computation of the counts, moved bytes, verification. */
#include "base/array.h"
#include "cpu/kernel_abi.h"
#include "gpufare.h"
#include "measure/comparison.h"
#include "measure/verify.h"
#include "problem/workload.h"
#include "real_devices.h"

TestSuite(julia, .timeout = 200);

#define MOST_SETTINGS 8

/* ---- The counts, computed once more ------------------------------------ */

/* The definition, without a kernel of the project. */
static uint32_t count_f64(double x, double y, double cr, double ci, uint32_t max_iter) {
    uint32_t n = 0;
    for (; n < max_iter; n++) {
        const double xx = x * x, yy = y * y, xy = x * y;
        if (!(xx + yy < 4.0))
            return n;
        const double real = xx - yy, imaginary = xy + xy;
        x = real + cr;
        y = imaginary + ci;
    }
    return n;
}

static uint32_t count_f32(float x, float y, float cr, float ci, uint32_t max_iter) {
    uint32_t n = 0;
    for (; n < max_iter; n++) {
        const float xx = x * x, yy = y * y, xy = x * y;
        if (!(xx + yy < 4.0f))
            return n;
        const float real = xx - yy, imaginary = xy + xy;
        x = real + cr;
        y = imaginary + ci;
    }
    return n;
}

static uint32_t count_in(const bench *b, const void *counts, size_t index) {
    if (bench_result_spec(b)->type == GF_TYPE_U16)
        return ((const uint16_t *)counts)[index];
    cr_assert_eq(bench_result_spec(b)->type, GF_TYPE_U32);
    return ((const uint32_t *)counts)[index];
}

/* A picture and its settings. */
typedef struct picture {
    size_t width, height;
    double view[4], c[2];
    uint32_t max_iter;
} picture;

static void expect_counts_f64(const bench *b, const picture *p, const char *label) {
    for (size_t j = 0; j < p->height; j++) {
        const double y = p->view[3] - (double)j * (p->view[3] - p->view[2]) / (double)p->height;
        for (size_t i = 0; i < p->width; i++) {
            const double x = p->view[0] + (double)i * (p->view[1] - p->view[0]) / (double)p->width;
            const uint32_t want = count_f64(x, y, p->c[0], p->c[1], p->max_iter);
            const uint32_t got = count_in(b, b->comparison->run.output, j * p->width + i);
            cr_assert_eq(got, want, "%s, %zux%zu, c %g%+gi: row %zu, column %zu is %u, not %u",
                         label, p->width, p->height, p->c[0], p->c[1], j, i, got, want);
        }
    }
}

static bench open_picture(const picture *p, const char *inputs, const char *precision) {
    char size[48], view[120], c[64], max_iter[16];
    snprintf(size, sizeof size, "%zux%zu", p->width, p->height);
    snprintf(view, sizeof view, "%.17g,%.17g,%.17g,%.17g", p->view[0], p->view[1], p->view[2],
             p->view[3]);
    snprintf(c, sizeof c, "%.17g,%.17g", p->c[0], p->c[1]);
    snprintf(max_iter, sizeof max_iter, "%u", p->max_iter);
    const setting settings[MOST_SETTINGS] = {
        {"size", size},     {"view", view},           {"c", c},    {"max-iter", max_iter},
        {"inputs", inputs}, {"precision", precision}, {NULL, NULL}};
    return bench_open("julia", settings, EVERYTHING, 0);
}

/* Pictures whose sides fit no vector and no tile. With the |c| of the last ones an orbit may come
 * back inside the circle, and must not be counted again. */
static const picture pictures[] = {
    {97, 61, {-1.8, 1.8, -1.8, 1.8}, {-0.62772, -0.42193}, 300},
    {263, 9, {-1.2, 0.7, -0.3, 1.1}, {-0.8, 0.156}, 500},
    {31, 5, {-0.01, 0.01, -0.01, 0.01}, {0.285, 0.01}, 1000},
    {65, 33, {-2.5, 2.5, -2.5, 2.5}, {-1.93, 0}, 100},
    {65, 33, {-2.5, 2.5, -2.5, 2.5}, {-1.96, 0.2}, 100},
    {60, 60, {-3, 3, -3, 3}, {-2, 0}, 50},
    {60, 60, {-3, 3, -3, 3}, {-3, 0}, 50},
    {60, 60, {-3, 3, -3, 3}, {-2.2, 0.3}, 41},
    {60, 60, {-4, 4, -4, 4}, {1.5, 2.5}, 50},
    {263, 1, {-2, 2, -1, 0}, {-2.01, 0}, 300},
    {263, 1, {-2, 2, -1, 0}, {-2.002, 0}, 300},
};
#define PICTURES (GF_COUNT_OF(pictures))

static void expect_picture(const picture *p, const char *inputs) {
    bench b = open_picture(p, inputs, "f64");
    for (size_t i = 0; i < b.selection.count; i++) {
        const gf_result *result = bench_run(&b, i, inputs);
        expect_counts_f64(&b, p, result->label);
    }
    bench_close(&b);
}

Test(julia, counts_are_those_of_the_definition) {
    for (size_t k = 0; k < PICTURES; k++)
        expect_picture(&pictures[k], "generated");
}

Test(julia, counts_of_lists_are_those_of_the_definition) {
    for (size_t k = 0; k < PICTURES; k++)
        expect_picture(&pictures[k], "list");
}

/* The number of points on a row of the real axis that come back inside after they were outside for
 * the first time, at `from` updates or later. */
static uint32_t returning_points(const picture *p, uint32_t from) {
    uint32_t returning = 0;
    for (size_t i = 0; i < p->width; i++) {
        double x = p->view[0] + (double)i * (p->view[1] - p->view[0]) / (double)p->width;
        const uint32_t n = count_f64(x, 0, p->c[0], 0, p->max_iter);
        for (uint32_t k = 0; k < n; k++)
            x = x * x + p->c[0];
        x = x * x + p->c[0];
        returning += n >= from && n < p->max_iter && x * x < 4 ? 1 : 0;
    }
    return returning;
}

/* Checks that the pictures above have such orbits: some return at once, some late, when a kernel
 * may have changed to another way of iterating. */
Test(julia, some_orbits_do_come_back) {
    cr_expect_gt(returning_points(&pictures[6], 1), 3);
    cr_expect_gt(returning_points(&pictures[PICTURES - 2], 40), 3);
    cr_expect_gt(returning_points(&pictures[PICTURES - 1], 40), 3);
}

/* In f32 the grid is its own definition. The points of a list show it, and must be within one
 * rounding of the f64 points. */
static void expect_f32_grid(const bench *b, const picture *p) {
    const float *zs = b->comparison->truth.inputs[0], *cs = b->comparison->truth.inputs[1];
    for (size_t j = 0; j < p->height; j++) {
        const double y = p->view[3] - (double)j * (p->view[3] - p->view[2]) / (double)p->height;
        for (size_t i = 0; i < p->width; i++) {
            const double x = p->view[0] + (double)i * (p->view[1] - p->view[0]) / (double)p->width;
            const float *z = zs + 2 * (j * p->width + i), *c = cs + 2 * (j * p->width + i);
            cr_assert_leq(fabs((double)z[0] - x), fabs(x) * 0x1p-24 + 1e-13, "column %zu", i);
            cr_assert_leq(fabs((double)z[1] - y), fabs(y) * 0x1p-24 + 1e-13, "row %zu", j);
            cr_assert(c[0] == (float)p->c[0] && c[1] == (float)p->c[1], "c of %zu, %zu", j, i);
        }
    }
}

Test(julia, f32_counts_are_those_of_the_definition) {
    for (size_t k = 0; k < PICTURES; k++) {
        const picture *p = &pictures[k];
        bench list = open_picture(p, "list", "f32"),
              generated = open_picture(p, "generated", "f32");
        bench_make_inputs(&list);
        expect_f32_grid(&list, p);
        const float *zs = list.comparison->truth.inputs[0];
        for (size_t v = 0; v < list.selection.count; v++) {
            const gf_result *result = bench_run(&list, v, "list");
            bench_run(&generated, v, "generated");
            for (size_t i = 0; i < p->width * p->height; i++) {
                const uint32_t want = count_f32(zs[2 * i], zs[2 * i + 1], (float)p->c[0],
                                                (float)p->c[1], p->max_iter);
                const uint32_t listed = count_in(&list, list.comparison->run.output, i);
                const uint32_t made = count_in(&generated, generated.comparison->run.output, i);
                cr_assert(listed == want && made == want,
                          "%s, picture %zu, pixel %zu: %u in a list, %u generated, not %u",
                          result->label, k, i, listed, made, want);
            }
        }
        bench_close(&list);
        bench_close(&generated);
    }
}

/* ---- Facts ------------------------------------------------------------- */

/* The count of one point: the only pixel of a 1x1 picture is the top left corner of its view. */
static void expect_count(double x, double y, uint32_t max_iter, const char *precision,
                         uint32_t want) {
    static const char *const inputs[] = {"generated", "list"};
    const picture point = {1, 1, {x, x + 1, y - 1, y}, {-0.62772, -0.42193}, max_iter};
    for (int k = 0; k < 2; k++) {
        bench b = open_picture(&point, inputs[k], precision);
        for (size_t v = 0; v < b.selection.count; v++) {
            const gf_result *result = bench_run(&b, v, "one point");
            const uint32_t got = count_in(&b, b.comparison->run.output, 0);
            cr_expect_eq(got, want, "%s, %s, %s: %g%+gi counts %u, not %u", result->label,
                         inputs[k], precision, x, y, got, want);
        }
        bench_close(&b);
    }
}

Test(julia, top_left_corner_counts_0) {
    expect_count(-1.8, 1.8, 300, "f64", 0);
    expect_count(-1.8, 1.8, 300, "f32", 0);
}

Test(julia, zero_never_escapes) {
    expect_count(0, 0, 300, "f64", 300);
    expect_count(0, 0, 300, "f32", 300);
}

/* |z| is 1.70 after nine updates and 2.15 after ten. */
Test(julia, a_point_is_inside_for_nine_updates_and_outside_after_the_tenth) {
    static const uint32_t limits[] = {300, 11, 10, 9, 8};
    for (size_t k = 0; k < GF_COUNT_OF(limits); k++) {
        const uint32_t want = limits[k] < 10 ? limits[k] : 10;
        expect_count(-0.82, 0, limits[k], "f64", want);
        expect_count(-0.82, 0, limits[k], "f32", want);
    }
}

Test(julia, counts_need_32_bits_from_65536_on) {
    static const char *const limits[] = {"65535", "65536"};
    static const gf_type types[] = {GF_TYPE_U16, GF_TYPE_U32};
    for (int k = 0; k < 2; k++) {
        const setting settings[] = {{"size", "11x5"},     {"view", "-0.5,0.5,-0.5,0.5"},
                                    {"c", "0,0"},         {"max-iter", limits[k]},
                                    {"precision", "f64"}, {NULL, NULL}};
        bench b = bench_open("julia", settings, EVERYTHING, 0);
        cr_assert_eq(bench_result_spec(&b)->type, types[k]);
        for (size_t v = 0; v < b.selection.count; v++) {
            const gf_result *result = bench_run(&b, v, limits[k]);
            for (size_t i = 0; i < 55; i++)
                cr_assert_eq(count_in(&b, b.comparison->run.output, i), 65535u + (uint32_t)k,
                             "%s: pixel %zu counts %u", result->label, i,
                             count_in(&b, b.comparison->run.output, i));
            cr_expect_eq(result->checksum, 55.0 * (65535 + k), "%s", result->label);
        }
        bench_close(&b);
    }
}

/* The number of threads does not change the counts. */
Test(julia, any_number_of_threads_gives_the_same_counts) {
    const picture *p = &pictures[0];
    const setting settings[] = {{"size", "97x61"}, {NULL, NULL}};
    for (uint32_t threads = 1; threads <= 3; threads++) {
        bench b = bench_open("julia", settings, EVERYTHING, threads);
        for (size_t v = 0; v < b.selection.count; v++)
            expect_counts_f64(&b, p, bench_run(&b, v, "threads")->label);
        bench_close(&b);
    }
}

Test(julia, an_empty_view_is_refused) {
    static const char *const views[] = {"1,1,0,1", "0,1,2,1"};
    for (int k = 0; k < 2; k++) {
        const setting settings[] = {{"view", views[k]}, {NULL, NULL}};
        gf_params *params = make_values("julia", settings);
        gf_session *session = open_session(1);
        gf_comparison *comparison = NULL;
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(gf_comparison_create(session, params, NULL, &comparison, &error), GF_USAGE);
        cr_expect_not_null(strstr(error.text, "view"), "%s", error.text);
        cr_expect_null(comparison);
        gf_session_close(session);
        gf_params_destroy(params);
    }
}

/* ---- Moved bytes ------------------------------------------------------- */

static void expect_traffic(const char *inputs, const char *precision, const char *max_iter,
                           uint64_t up_per_pixel, uint64_t down_per_pixel) {
    const setting settings[] = {{"size", "37x11"},
                                {"inputs", inputs},
                                {"max-iter", max_iter},
                                {"precision", precision},
                                {NULL, NULL}};
    bench b = bench_open("julia", settings, EVERYTHING, 0);
    for (size_t v = 0; v < b.selection.count; v++) {
        const gf_result *result = bench_run(&b, v, inputs);
        cr_expect_eq(result->bytes_up, up_per_pixel * 37 * 11, "%s, %s, %s: %llu bytes up", inputs,
                     precision, result->label, (unsigned long long)result->bytes_up);
        cr_expect_eq(result->bytes_down, down_per_pixel * 37 * 11, "%s, %s, %s: %llu bytes down",
                     inputs, precision, result->label, (unsigned long long)result->bytes_down);
    }
    bench_close(&b);
}

Test(julia, lists_are_what_goes_up) {
    expect_traffic("generated", "f64", "30", 0, 2);
    expect_traffic("generated", "f32", "30", 0, 2);
    expect_traffic("list", "f64", "30", 32, 2);
    expect_traffic("list", "f32", "30", 16, 2);
    expect_traffic("list", "f64", "70000", 32, 4);
    expect_traffic("shuffled", "f64", "30", 32, 2);
    expect_traffic("shuffled", "f32", "30", 16, 2);
}

/* ---- Verification ------------------------------------------------------ */

/* Whether verification accepts a copy of the reference with 1 added to one count. */
static bool accepts_fault_at(bench *b, void *counts, size_t index) {
    gf_verification verification;
    const bool narrow = bench_result_spec(b)->type == GF_TYPE_U16;
    if (narrow)
        ((uint16_t *)counts)[index]++;
    else
        ((uint32_t *)counts)[index]++;
    const bool accepted = bench_accepts(b, counts, &verification);
    if (narrow)
        ((uint16_t *)counts)[index]--;
    else
        ((uint32_t *)counts)[index]--;
    return accepted;
}

static void expect_every_fault_found(const char *inputs, const char *max_iter,
                                     const char *precision) {
    const setting settings[] = {{"size", "13x7"},
                                {"inputs", inputs},
                                {"max-iter", max_iter},
                                {"precision", precision},
                                {NULL, NULL}};
    bench b = bench_open("julia", settings, "native:scalar", 2);
    bench_run(&b, 0, "truth");
    void *counts = bench_copy_output(&b);
    for (int sampled = 0; sampled < 2; sampled++) {
        /* 256 samples of 7 rows include every row. */
        bench_restart(&b, GF_VERIFY_FULL);
        if (sampled != 0)
            bench_make_inputs(&b); /* without a reference there are only samples */
        else
            bench_prepare_truth(&b);
        gf_verification verification;
        cr_assert(bench_accepts(&b, counts, &verification), "%s: the right result", inputs);
        cr_expect_eq(verification.sampled, sampled != 0);
        cr_expect_gt(verification.difference.compared, 0);
        cr_expect_eq(verification.difference.mismatches, 0);
        for (size_t i = 0; i < 13 * 7; i++)
            cr_expect_not(accepts_fault_at(&b, counts, i), "%s, %s, %s: pixel %zu", inputs,
                          precision, sampled != 0 ? "sampled" : "full", i);
    }
    free(counts);
    bench_close(&b);
}

Test(julia, verification_finds_any_wrong_pixel) {
    expect_every_fault_found("generated", "60", "f64");
    expect_every_fault_found("list", "60", "f64");
    expect_every_fault_found("shuffled", "60", "f64");
    expect_every_fault_found("generated", "60", "f32");
    expect_every_fault_found("list", "70000", "f32");
}

/* The samples always include the first and the last row. */
Test(julia, sampling_covers_the_edges_of_a_tall_picture) {
    const setting settings[] = {{"size", "3x5000"}, {"max-iter", "20"}, {NULL, NULL}};
    bench b = bench_open("julia", settings, "native:scalar", 2);
    bench_run(&b, 0, "truth");
    void *counts = bench_copy_output(&b);
    bench_restart(&b, GF_VERIFY_SAMPLED);
    bench_prepare_truth(&b);
    cr_assert_null(b.comparison->truth.reference, "sampling needs no full reference");
    gf_verification verification;
    cr_expect(bench_accepts(&b, counts, &verification));
    cr_expect_lt(verification.difference.compared, 3 * 5000);
    cr_expect_eq(verification.difference.compared, 3 * (uint64_t)verification.sample_count);
    cr_expect_not(accepts_fault_at(&b, counts, 1));
    cr_expect_not(accepts_fault_at(&b, counts, 3 * 4999 + 2));
    free(counts);
    bench_close(&b);
}

Test(julia, a_sum_that_is_not_the_known_one_is_noticed) {
    static const char *const precisions[] = {"f64", "f32"};
    static const double sums[] = {33219980, 33222988};
    for (int k = 0; k < 2; k++) {
        const setting settings[] = {{"precision", precisions[k]}, {NULL, NULL}};
        bench b = bench_open("julia", settings, "native:scalar", 1);
        gf_verification verification = {0};
        const gf_problem *problem = b.comparison->problem;
        cr_expect(gf_verification_check_known(problem, sums[k], &verification));
        cr_expect(verification.has_known_answer && verification.known_answer_holds);
        cr_expect_not(gf_verification_check_known(problem, sums[k] + 1, &verification));
        cr_expect(verification.has_known_answer && !verification.known_answer_holds);
        cr_expect_not(gf_verification_check_known(problem, sums[1 - k], &verification));
        bench_close(&b);
    }
}

/* Only the defaults have a known answer, so with other values no sum is wrong. */
Test(julia, other_pictures_have_no_known_sum) {
    static const setting others[] = {
        {"c", "-0.8,0.156"}, {"view", "-1.8,1.8,-1.8,1.9"}, {"math", "relaxed"}, {"size", "17x18"}};
    for (size_t k = 0; k < GF_COUNT_OF(others); k++) {
        const setting settings[] = {others[k], {NULL, NULL}};
        bench b = bench_open("julia", settings, "native:scalar", 1);
        gf_verification verification = {0};
        cr_expect(gf_verification_check_known(b.comparison->problem, 1, &verification));
        cr_expect_not(verification.has_known_answer, "--%s", others[k].name);
        bench_close(&b);
    }
}
