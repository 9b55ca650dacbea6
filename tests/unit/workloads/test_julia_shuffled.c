/* Shuffled Julia: the pixels of the picture, each once, with the same work in another order. */
#include <math.h>

#include "base/array.h"
#include "cpu/kernel_abi.h"
#include "gpufare.h"
#include "image/image.h"
#include "measure/comparison.h"
#include "measure/verify.h"
#include "problem/sampling.h"
#include "problem/workload.h"
#include "real_devices.h"

TestSuite(julia_shuffled, .timeout = 200);

#define WIDTH  97
#define HEIGHT 61
#define PIXELS (WIDTH * HEIGHT)

static bench open_inputs(const char *inputs, const char *precision, const char *devices) {
    const setting settings[] = {
        {"size", "97x61"}, {"inputs", inputs}, {"precision", precision}, {NULL, NULL}};
    return bench_open("julia", settings, devices, 0);
}

static uint32_t count_of(const void *counts, size_t index) {
    return ((const uint16_t *)counts)[index];
}

/* The pixel of a point of the list, from its coordinates alone: the view is 3.6 wide and high, from
 * -1.8 in x and from 1.8 downwards in y. */
static size_t pixel_of(const bench *b, size_t item) {
    const void *zs = b->comparison->truth.inputs[0];
    const bool f64 = b->comparison->problem->precision == GF_PRECISION_F64;
    const double x = f64 ? ((const double *)zs)[2 * item] : ((const float *)zs)[2 * item];
    const double y = f64 ? ((const double *)zs)[2 * item + 1] : ((const float *)zs)[2 * item + 1];
    const double column = (x + 1.8) * WIDTH / 3.6, row = (1.8 - y) * HEIGHT / 3.6;
    cr_assert_float_eq(column, round(column), 1e-4, "item %zu is between columns", item);
    cr_assert_float_eq(row, round(row), 1e-4, "item %zu is between rows", item);
    return (size_t)lround(row) * WIDTH + (size_t)lround(column);
}

static void expect_same_pixels(const char *precision) {
    bench list = open_inputs("list", precision, "native:scalar");
    bench shuffled = open_inputs("shuffled", precision, EVERYTHING);
    bench_run(&list, 0, "list");
    const void *expected = list.comparison->run.output;
    for (size_t v = 0; v < shuffled.selection.count; v++) {
        const gf_result *result = bench_run(&shuffled, v, "shuffled");
        bool seen[PIXELS] = {false};
        for (size_t i = 0; i < PIXELS; i++) {
            const size_t pixel = pixel_of(&shuffled, i);
            cr_assert_lt(pixel, PIXELS);
            cr_assert_not(seen[pixel], "pixel %zu comes twice", pixel);
            seen[pixel] = true;
            cr_assert_eq(count_of(shuffled.comparison->run.output, i), count_of(expected, pixel),
                         "%s, %s: item %zu, pixel %zu", result->label, precision, i, pixel);
        }
    }
    bench_close(&list);
    bench_close(&shuffled);
}

Test(julia_shuffled, has_each_pixel_once_with_its_own_count) {
    expect_same_pixels("f64");
    expect_same_pixels("f32");
}

/* The known sums (test_julia.c) do not depend on the order. */
Test(julia_shuffled, has_the_sum_of_the_picture_in_every_variant) {
    static const char *const precisions[] = {"f64", "f32"};
    static const double sums[] = {33219980, 33222988};
    for (int k = 0; k < 2; k++) {
        const setting settings[] = {
            {"inputs", "shuffled"}, {"precision", precisions[k]}, {NULL, NULL}};
        bench b = bench_open("julia", settings, EVERYTHING, 0);
        for (size_t v = 0; v < b.selection.count; v++) {
            const gf_result *result = bench_run(&b, v, precisions[k]);
            cr_expect_eq(result->checksum, sums[k], "%s: %.17g", result->label, result->checksum);
            cr_expect_eq(result->work, sums[k], "%s: the work is the same", result->label);
            cr_expect(result->verification.has_known_answer &&
                          result->verification.known_answer_holds,
                      "%s", result->label);
        }
        bench_close(&b);
    }
}

Test(julia_shuffled, draws_the_same_picture) {
    static const char *const renderings[] = {"grey", "false", "viridis", "smooth"};
    bench list = open_inputs("list", "f64", "native:scalar");
    bench shuffled = open_inputs("shuffled", "f64", "native:scalar");
    for (int k = 0; k < 4; k++) {
        gf_image image[2];
        bench *const both[] = {&list, &shuffled};
        for (int i = 0; i < 2; i++) {
            bench_set(both[i], "rendering", renderings[k]);
            bench_restart(both[i], GF_VERIFY_FULL);
            bench_run(both[i], 0, renderings[k]);
            const gf_problem *problem = both[i]->comparison->problem;
            cr_assert_eq(problem->workload->render(problem, both[i]->comparison->run.output,
                                                   &image[i], NULL),
                         GF_OK);
        }
        cr_expect_eq(memcmp(image[0].pixels, image[1].pixels,
                            image[0].width * image[0].height * image[0].channels),
                     0, "%s", renderings[k]);
        gf_image_clear(&image[0]);
        gf_image_clear(&image[1]);
    }
    bench_close(&list);
    bench_close(&shuffled);
}

/* The work sampled before a run is the work of the run, in its own order, wherever it is sampled:
 * points that escape, and points of an attracting cycle (the first c), of a parabolic point and of
 * a Siegel disc (the last two), whose orbits never return in strict arithmetic or late. */
Test(julia_shuffled, sampled_work_is_that_of_the_run) {
    static const char *const cs[] = {"-0.62772,-0.42193", "-1,0", "0,1", "0.25,0",
                                     "-0.3905408702184,-0.5867879073469"};
    static const char *const iterations[] = {"1", "300", "20000"};
    for (size_t i = 0; i < GF_COUNT_OF(cs) * GF_COUNT_OF(iterations); i++) {
        for (int f32 = 0; f32 < 2; f32++) {
            bench b = open_inputs(i % 2 == 0 ? "shuffled" : "generated", f32 ? "f32" : "f64",
                                  "native:scalar");
            bench_set(&b, "c", cs[i / GF_COUNT_OF(iterations)]);
            bench_set(&b, "max-iter", iterations[i % GF_COUNT_OF(iterations)]);
            bench_restart(&b, GF_VERIFY_FULL);
            bench_run(&b, 0, "sampled");
            const gf_problem *problem = b.comparison->problem;
            uint32_t sampled[3 * WIDTH], done[WIDTH];
            gf_sample_rows(problem, 20, 3, sampled);
            for (size_t row = 0; row < 3; row++) {
                problem->workload->row_work(problem, b.comparison->run.output, 20 + row, done);
                cr_expect_eq(memcmp(sampled + row * WIDTH, done, sizeof done), 0,
                             "case %zu, f32 %d, row %zu", i, f32, 20 + row);
            }
            bench_close(&b);
        }
    }
}

/* Of an item that takes too long only the limit is known. */
Test(julia_shuffled, sampled_work_ends_at_its_limit) {
    bench b = open_inputs("generated", "f64", "native:scalar");
    bench_set(&b, "c", "-0.3905408702184,-0.5867879073469");
    bench_set(&b, "max-iter", "4000000000");
    bench_restart(&b, GF_VERIFY_FULL);
    const gf_problem *problem = b.comparison->problem;
    const gf_buffer_spec *result = &problem->buffers[problem->result];
    const uint64_t items[] = {0, (uint64_t)result->rows / 2 * result->cols + result->cols / 2};
    uint32_t work[2];
    problem->workload->sample_work(problem, items, 2, 1000, work);
    cr_expect_lt(work[0], 1000);
    cr_expect_eq(work[1], 1000);
    bench_close(&b);
}

/* In a random order each lane of a group is a draw from all pixels, so the longest of k lanes has n
 * counts or more with the probability 1 - F(n - 1)^k, where F(n) is the share of pixels with at
 * most n counts. Its mean is the sum of these probabilities over n = 1, 2, ... */
static double random_order_efficiency(const void *counts, size_t pixels, uint32_t most,
                                      uint32_t lanes) {
    size_t *histogram = calloc(most + 1, sizeof *histogram);
    cr_assert_not_null(histogram);
    double sum = 0, longest = 0;
    for (size_t i = 0; i < pixels; i++) {
        histogram[count_of(counts, i)]++;
        sum += count_of(counts, i);
    }
    size_t below = 0;
    for (uint32_t n = 1; n <= most; n++) {
        below += histogram[n - 1];
        longest += 1 - pow((double)below / (double)pixels, lanes);
    }
    free(histogram);
    return sum / (double)pixels / longest;
}

/* The sides are multiples of every group. 1 % is about 4 standard deviations of the mean of the
 * 16384 longest lanes. */
Test(julia_shuffled, lane_groups_are_as_efficient_as_random_ones) {
    const setting settings[] = {{"size", "1024x1024"}, {"inputs", "shuffled"}, {NULL, NULL}};
    bench b = bench_open("julia", settings, "native", 0);
    bench_run(&b, 0, "shuffled");
    cr_assert(b.comparison->has_efficiency);
    for (size_t k = 0; k < GF_LANE_GROUPS; k++) {
        const gf_lane_group group = gf_lane_groups[k];
        const double want = random_order_efficiency(b.comparison->run.output, 1024 * 1024, 300,
                                                    group.rows * group.cols);
        cr_expect_float_eq(b.comparison->efficiency[k], want, 0.01 * want, "%u x %u: %g, not %g",
                           group.rows, group.cols, b.comparison->efficiency[k], want);
    }
    bench_close(&b);
}
