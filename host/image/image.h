/* Pictures in memory and as PNG files. */
#pragma once

#include "gpufare.h"

/* 8-bit samples, rows from the top, no padding. */
typedef struct gf_image {
    size_t width, height;
    uint32_t channels; /* 1 grey, 3 red-green-blue, 4 with alpha (only when read) */
    uint8_t *pixels;   /* width * height * channels; owned by the image */
} gf_image;

gf_status gf_image_create(size_t width, size_t height, uint32_t channels, gf_image *image,
                          gf_error *error);
void gf_image_clear(gf_image *image);
gf_status gf_image_read_png(const char *path, gf_image *image, gf_error *error);
gf_status gf_image_write_png(const gf_image *image, const char *path, gf_error *error);

typedef struct gf_image_difference {
    size_t differing_pixels;
    uint32_t max_difference;     /* largest difference of one sample */
    double mean_difference;      /* over all samples */
    size_t first_row, first_col; /* the first pixel that differs */
} gf_image_difference;

/* Compares two images; GF_USAGE when their sizes or channel counts differ. `picture` may be NULL;
 * otherwise it gets a grey picture of the differences, brighter where they are larger. */
gf_status gf_image_compare(const gf_image *a, const gf_image *b, gf_image_difference *difference,
                           gf_image *picture, gf_error *error);
