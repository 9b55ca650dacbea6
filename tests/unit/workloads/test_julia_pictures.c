/* Pictures of Julia's counts, and the SIMD efficiency of lane groups. */
#include "gpufare.h"
#include "image/image.h"
#include "measure/comparison.h"
#include "problem/workload.h"
#include "real_devices.h"

TestSuite(julia_pictures, .timeout = 200);

/* ---- Pictures ---------------------------------------------------------- */

/* A picture of one row of counts in a rendering. */
static gf_image draw(const char *rendering, const uint16_t *counts, size_t width) {
    char size[32];
    snprintf(size, sizeof size, "%zux1", width);
    const setting settings[] = {{"size", size}, {"rendering", rendering}, {NULL, NULL}};
    bench b = bench_open("julia", settings, "native:scalar", 1);
    gf_image image = {0};
    gf_error error = GF_ERROR_INIT;
    const gf_problem *problem = b.comparison->problem;
    cr_assert_eq(problem->workload->render(problem, counts, &image, &error), GF_OK, "%s",
                 error.text);
    cr_assert(image.width == width && image.height == 1);
    bench_close(&b);
    return image;
}

static void expect_pixels(const char *rendering, const uint16_t *counts, size_t width,
                          uint32_t channels, const uint8_t *bytes) {
    gf_image image = draw(rendering, counts, width);
    cr_assert_eq(image.channels, channels, "%s has %u channels", rendering, image.channels);
    for (size_t i = 0; i < width * channels; i++)
        cr_expect_eq(image.pixels[i], bytes[i], "%s: byte %zu is %u, not %u", rendering, i,
                     image.pixels[i], bytes[i]);
    gf_image_clear(&image);
}

/* n / max * 255 is 0, 1.02, 51, 127.5, 253.98 and 255, before truncation. */
static const uint16_t some_counts[] = {0, 1, 50, 125, 249, 250};

Test(julia_pictures, grey_is_the_share_of_the_largest_count) {
    expect_pixels("grey", some_counts, 6, 1, (const uint8_t[]){0, 1, 51, 127, 253, 255});
    expect_pixels("grey", (const uint16_t[]){0, 0, 0}, 3, 1, (const uint8_t[]){0, 0, 0});
    expect_pixels("grey", (const uint16_t[]){0, 1}, 2, 1, (const uint8_t[]){0, 255});
}

/* v = 51 gives 0x333333 * 16 = 0x3333330, whose bytes, lowest first, are 30 33 33 (and 03). */
Test(julia_pictures, false_colours_are_those_of_the_shifted_number) {
    static const uint8_t bytes[] = {0x00, 0x00, 0x00, 0x10, 0x10, 0x10, 0x30, 0x33, 0x33,
                                    0xf0, 0xf7, 0xf7, 0xd0, 0xdf, 0xdf, 0xf0, 0xff, 0xff};
    expect_pixels("false", some_counts, 6, 3, bytes);
    expect_pixels("false", (const uint16_t[]){0, 0}, 2, 3, (const uint8_t[]){0, 0, 0, 0, 0, 0});
}

Test(julia_pictures, viridis_goes_from_its_first_to_its_last_colour) {
    expect_pixels("viridis", (const uint16_t[]){0, 250}, 2, 3,
                  (const uint8_t[]){68, 1, 84, 253, 231, 37});
    expect_pixels("viridis", (const uint16_t[]){0, 0}, 2, 3,
                  (const uint8_t[]){68, 1, 84, 68, 1, 84});
}

static unsigned lightness(const uint8_t rgb[3]) {
    return 2126u * rgb[0] + 7152u * rgb[1] + 722u * rgb[2];
}

/* With c = 0 each update squares the modulus: along the real axis from 1.02 to 1.98 the continuous
 * count falls steadily, while the counts fall in five steps. */
Test(julia_pictures, smooth_colours_have_no_bands) {
    const setting settings[] = {{"size", "480x1"},  {"view", "1.02,1.98,-1,0"}, {"c", "0,0"},
                                {"max-iter", "50"}, {"rendering", "smooth"},    {NULL, NULL}};
    bench b = bench_open("julia", settings, "native:scalar", 1);
    bench_run(&b, 0, "smooth");
    gf_image image = {0};
    const gf_problem *problem = b.comparison->problem;
    cr_assert_eq(problem->workload->render(problem, b.comparison->run.output, &image, NULL), GF_OK);
    const uint16_t *counts = b.comparison->run.output;
    unsigned bands = 1, colours = 1;
    for (size_t i = 1; i < 480; i++) {
        const uint8_t *left = image.pixels + 3 * (i - 1), *right = image.pixels + 3 * i;
        /* 3000: rounding may raise red and blue by 1 while green stays. */
        cr_expect_leq(lightness(right), lightness(left) + 3000, "column %zu is lighter", i);
        for (int k = 0; k < 3; k++)
            cr_expect_leq(abs(left[k] - right[k]), 8, "column %zu jumps", i);
        bands += counts[i] != counts[i - 1] ? 1 : 0;
        colours += memcmp(left, right, 3) != 0 ? 1 : 0;
    }
    cr_expect_gt(lightness(image.pixels), lightness(image.pixels + 3 * 479) + 500000);
    cr_expect_geq(bands, 4, "the test's own premise: only %u bands", bands);
    cr_expect_gt(colours, 10 * bands, "%u colours of %u bands", colours, bands);
    gf_image_clear(&image);
    bench_close(&b);
}

Test(julia_pictures, smooth_shows_the_inside_black) {
    const setting settings[] = {{"size", "9x9"}, {"rendering", "smooth"}, {NULL, NULL}};
    bench b = bench_open("julia", settings, "native:scalar", 1);
    bench_run(&b, 0, "smooth");
    gf_image image = {0};
    const gf_problem *problem = b.comparison->problem;
    cr_assert_eq(problem->workload->render(problem, b.comparison->run.output, &image, NULL), GF_OK);
    const uint16_t *counts = b.comparison->run.output;
    uint32_t inside = 0;
    for (size_t i = 0; i < 81; i++) {
        const uint8_t *pixel = image.pixels + 3 * i;
        const bool black = pixel[0] == 0 && pixel[1] == 0 && pixel[2] == 0;
        inside += counts[i] == 300 ? 1 : 0;
        cr_expect_eq(black, counts[i] == 300, "pixel %zu counts %u", i, counts[i]);
    }
    cr_expect(inside > 0 && inside < 81, "the test's own premise: %u pixels inside", inside);
    gf_image_clear(&image);
    bench_close(&b);
}

/* ---- SIMD efficiency --------------------------------------------------- */

static double efficiency_of(const double efficiency[GF_LANE_GROUPS], uint32_t rows, uint32_t cols) {
    for (size_t k = 0; k < GF_LANE_GROUPS; k++) {
        if (gf_lane_groups[k].rows == rows && gf_lane_groups[k].cols == cols)
            return efficiency[k];
    }
    cr_assert_fail("no lane groups of %u x %u", rows, cols);
    return 0;
}

/* Computed from the same counts with another program. */
Test(julia_pictures, simd_efficiency_of_the_default_picture) {
    const setting settings[] = {{NULL, NULL}};
    bench b = bench_open("julia", settings, "native", 0);
    bench_run(&b, 0, "default");
    cr_assert(b.comparison->has_efficiency);
    const double *efficiency = b.comparison->efficiency;
    cr_expect_float_eq(efficiency_of(efficiency, 1, 4), 0.860891, 1e-6);
    cr_expect_float_eq(efficiency_of(efficiency, 1, 64), 0.556433, 1e-6);
    cr_expect_float_eq(efficiency_of(efficiency, 4, 8), 0.732414, 1e-6);
    cr_expect_float_eq(efficiency_of(efficiency, 8, 4), 0.734614, 1e-6);
    bench_close(&b);
}

/* Computed by hand for 5 x 3 pixels. Groups of 1 x 4 take 4 and 1 pixels of each row; groups of 8 x
 * 4 take all three rows of the first 4 columns, then of the last. Lanes outside the picture idle.
 */
Test(julia_pictures, simd_efficiency_counts_idle_lanes) {
    static const uint16_t counts[] = {1, 2, 3, 4, 10, /**/ 0, 0, 8, 0, 1, /**/ 5, 5, 5, 5, 2};
    const setting settings[] = {{"size", "5x3"}, {NULL, NULL}};
    bench b = bench_open("julia", settings, "native:scalar", 1);
    double efficiency[GF_LANE_GROUPS];
    cr_assert_eq(gf_simd_efficiency(b.comparison->problem, counts, efficiency, NULL), GF_OK);
    const double sum = 51;
    cr_expect_float_eq(efficiency_of(efficiency, 1, 4), sum / (4 * (4 + 10 + 8 + 1 + 5 + 2)),
                       1e-15);
    cr_expect_float_eq(efficiency_of(efficiency, 1, 8), sum / (8 * (10 + 8 + 5)), 1e-15);
    cr_expect_float_eq(efficiency_of(efficiency, 8, 4), sum / (32 * (8 + 10)), 1e-15);
    cr_expect_float_eq(efficiency_of(efficiency, 4, 8), sum / (32 * 10), 1e-15);
    bench_close(&b);
}
