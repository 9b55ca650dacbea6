/* Smaller pictures: means, largest values, edges. */
#include <criterion/criterion.h>

#include "image/reduce.h"

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
