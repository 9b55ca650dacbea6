/* The divergence map: by hand, before and after a run, and what is refused. */
#include "gpufare.h"
#include "image/image.h"
#include "real_devices.h"

TestSuite(divergence_map, .timeout = 120);

/* The ends of viridis. */
static const uint8_t dark[3] = {68, 1, 84}, bright[3] = {253, 231, 37};

static gf_image draw(bench *b, const uint16_t *counts, const char *group) {
    const char *path = made_path("map.png");
    gf_image image = {0};
    gf_error error = GF_ERROR_INIT;
    b->comparison->run.output = counts;
    cr_assert_eq(gf_comparison_write_divergence(b->comparison, group, path, &error), GF_OK, "%s",
                 error.text);
    cr_assert_eq(gf_image_read_png(path, &image, &error), GF_OK, "%s", error.text);
    b->comparison->run.output = NULL;
    return image;
}

static void expect_colour(const gf_image *image, size_t row, size_t col, const uint8_t rgb[3]) {
    const uint8_t *pixel = image->pixels + image->channels * (row * image->width + col);
    cr_expect_eq(memcmp(pixel, rgb, 3), 0, "row %zu, column %zu is %d %d %d", row, col, pixel[0],
                 pixel[1], pixel[2]);
}

/* By hand, in groups of 2 x 4: all alike; all at rest; one of eight at work (8: three quarters of
 * the scale, index 191 of 255); and a group cut by the edge with 2 of 8 lanes inside, alike: 4. */
Test(divergence_map, the_map_shows_longest_by_mean_of_each_group) {
    static const uint16_t counts[2][13] = {{5, 5, 5, 5, 0, 0, 0, 0, 0, 0, 9, 0, 7},
                                           {5, 5, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0, 7}};
    const setting settings[] = {{"size", "13x2"}, {NULL, NULL}};
    bench b = bench_open("julia", settings, "native:scalar", 1);
    gf_image image = draw(&b, counts[0], "2x4");
    cr_assert(image.width == 13 && image.height == 2 && image.channels == 3);
    for (size_t row = 0; row < 2; row++) {
        for (size_t col = 0; col < 8; col++)
            expect_colour(&image, row, col, dark);
        for (size_t col = 8; col < 12; col++)
            expect_colour(&image, row, col, (const uint8_t[]){92, 200, 99});
        expect_colour(&image, row, 12, (const uint8_t[]){33, 145, 140});
    }
    gf_image_clear(&image);
    /* One of 26 at work in a group of 32: beyond 16, which is the end of the scale. */
    static const uint16_t one[2][13] = {{0, 1}};
    image = draw(&b, one[0], "2x16");
    expect_colour(&image, 1, 12, bright);
    gf_image_clear(&image);
    bench_close(&b);
}

/* Before a run the scalar kernel gives the work, and the map is the same. */
Test(divergence_map, the_map_needs_no_run) {
    const setting settings[] = {{"size", "75x43"}, {NULL, NULL}};
    bench b = bench_open("julia", settings, "native:scalar", 1);
    gf_image before = draw(&b, NULL, "8x4");
    bench_run(&b, 0, "map");
    void *counts = bench_copy_output(&b);
    gf_image after = draw(&b, counts, NULL); /* the scalar kernel has no lanes: 8x4 */
    cr_expect_eq(memcmp(before.pixels, after.pixels, (size_t)3 * 75 * 43), 0);
    gf_image_clear(&before);
    gf_image_clear(&after);
    free(counts);
    bench_close(&b);
}

Test(divergence_map, maps_of_nothing_and_groups_of_nothing_are_refused) {
    static const setting none[] = {{NULL, NULL}};
    bench b = bench_open("diffusion", none, "native:scalar", 1);
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_comparison_write_divergence(b.comparison, NULL, "/nowhere/x.png", &error),
                 GF_USAGE);
    cr_expect_not_null(strstr(error.text, "diffusion"), "%s", error.text);
    bench_close(&b);
    static const char *const groups[] = {"",      "8",    "8x",     "x4",    "0x4",  "8x0",
                                         "8x4x2", "-1x4", "1x1025", "64x64", "8 x 4"};
    b = bench_open("julia", none, "native:scalar", 1);
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        cr_expect_eq(gf_comparison_check_divergence(b.comparison, groups[i], &error), GF_USAGE,
                     "%s", groups[i]);
        cr_expect_not_null(strstr(error.text, "lane-group"), "%s", error.text);
    }
    cr_expect_eq(gf_comparison_check_divergence(b.comparison, "1x1024", &error), GF_OK);
    bench_close(&b);
}
