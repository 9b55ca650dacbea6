/* Smaller pictures: means, largest values, edges. */
#include <criterion/criterion.h>
#include <unistd.h>

#include "base/array.h"
#include "image/reduce.h"
#include "image/reduced_png.h"

static gf_image made(size_t width, size_t height, const uint8_t *grey) {
    gf_image image = {0};
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_image_create(width, height, 1, &image, &error), GF_OK);
    for (size_t i = 0; i < width * height; i++)
        image.pixels[i] = grey[i];
    return image;
}

static void expect(const gf_image *image, size_t side, gf_reduction reduction, size_t width,
                   size_t height, const uint8_t *grey) {
    gf_image small = {0};
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_image_reduce(image, side, reduction, &small, &error), GF_OK);
    cr_assert_eq(small.width, width);
    cr_assert_eq(small.height, height);
    for (size_t i = 0; i < width * height; i++)
        cr_expect_eq(small.pixels[i], grey[i], "pixel %zu is %u, not %u", i, small.pixels[i],
                     grey[i]);
    gf_image_clear(&small);
}

Test(reduce, squares_become_pixels) {
    static const uint8_t grey[] = {0, 2, 10, 10, 4, 6, 10, 11};
    gf_image image = made(4, 2, grey);
    expect(&image, 2, GF_REDUCE_MEAN, 2, 1, (const uint8_t[]){3, 10});
    expect(&image, 2, GF_REDUCE_MOST, 2, 1, (const uint8_t[]){6, 11});
    expect(&image, 4, GF_REDUCE_MEAN, 4, 2, grey);
    expect(&image, 100, GF_REDUCE_MEAN, 4, 2, grey); /* never larger */
    expect(&image, 1, GF_REDUCE_MOST, 1, 1, (const uint8_t[]){11});
    gf_image_clear(&image);
}

/* What is left at the edge is a mean of fewer pixels, not of missing ones. */
Test(reduce, edges_count_what_is_there) {
    static const uint8_t grey[] = {100, 100, 200, 100, 100, 200, 40, 40, 80};
    gf_image image = made(3, 3, grey);
    expect(&image, 2, GF_REDUCE_MEAN, 2, 2, (const uint8_t[]){100, 200, 40, 80});
    gf_image_clear(&image);
}

/* One pixel that differs must be seen in a picture of differences. */
Test(reduce, a_single_pixel_is_not_lost) {
    uint8_t grey[64 * 64] = {0};
    grey[37 * 64 + 5] = 255;
    gf_image image = made(64, 64, grey), small = {0};
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_image_reduce(&image, 8, GF_REDUCE_MOST, &small, &error), GF_OK);
    cr_expect_eq(small.pixels[4 * 8 + 0], 255);
    gf_image_clear(&small);
    gf_image_clear(&image);
}

Test(reduce, channels_stay_apart) {
    gf_image image = {0}, small = {0};
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_image_create(2, 1, 3, &image, &error), GF_OK);
    for (size_t i = 0; i < 6; i++)
        image.pixels[i] = (uint8_t)(10 * i);
    cr_assert_eq(gf_image_reduce(&image, 1, GF_REDUCE_MEAN, &small, &error), GF_OK);
    for (size_t c = 0; c < 3; c++)
        cr_expect_eq(small.pixels[c], 15 + 10 * c);
    gf_image_clear(&small);
    gf_image_clear(&image);
}

/* ---- Some rows at a time --------------------------------------------------- */

/* The same picture, whatever the rows that come at a time. */
Test(reduce, of_rows_that_come_one_after_the_other_is_that_of_the_whole) {
    static const size_t sizes[][3] = {
        {37, 23, 10}, {23, 37, 10}, {8, 8, 4}, {5, 3, 100}, {1, 9, 2}};
    for (size_t s = 0; s < GF_COUNT_OF(sizes); s++) {
        const size_t width = sizes[s][0], height = sizes[s][1], side = sizes[s][2];
        gf_error error = GF_ERROR_INIT;
        gf_image whole, expected = {0}, found = {0};
        gf_reduced_png *png = NULL;
        cr_assert_eq(gf_image_create(width, height, 3, &whole, &error), GF_OK);
        for (size_t i = 0; i < width * height * 3; i++)
            whole.pixels[i] = (uint8_t)(i * i % 251);
        cr_assert_eq(gf_image_reduce(&whole, side, GF_REDUCE_MEAN, &expected, &error), GF_OK);
        char path[64];
        snprintf(path, sizeof path, "test_reduce-%ld.png", (long)getpid());
        FILE *stream = fopen(path, "wb");
        cr_assert_not_null(stream);
        cr_assert_eq(gf_reduced_png_begin(width, height, 3, side, stream, path, &png, &error),
                     GF_OK);
        for (size_t row = 0, rows = 1; row < height; row += rows, rows = rows % 4 + 1) {
            rows = rows < height - row ? rows : height - row;
            cr_assert_eq(gf_reduced_png_add(png, rows, whole.pixels + row * width * 3, &error),
                         GF_OK);
        }
        cr_assert_eq(gf_reduced_png_end(png, &error), GF_OK);
        fclose(stream);
        cr_assert_eq(gf_image_read_png(path, &found, &error), GF_OK, "%s", error.text);
        cr_expect_eq(found.width, expected.width);
        cr_expect_eq(found.height, expected.height);
        cr_expect_arr_eq(found.pixels, expected.pixels, expected.width * expected.height * 3,
                         "%zu x %zu to %zu", width, height, side);
        unlink(path);
        gf_image_clear(&whole);
        gf_image_clear(&expected);
        gf_image_clear(&found);
    }
}
