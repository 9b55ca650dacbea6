/* Pictures in memory and as PNG files. */
#pragma once

#include "gpufare.h"

/* Rows from the top, no padding. */
typedef struct gf_image {
    size_t width, height;
    uint32_t channels;     /* 1 grey, 3 red-green-blue, 4 with alpha (only when read) */
    uint32_t sample_bytes; /* 1, or 2 (only when read): the high byte first */
    uint8_t *pixels;       /* width * height * channels samples; owned by the image */
} gf_image;

/* With samples of 8 bits. */
gf_status gf_image_create(size_t width, size_t height, uint32_t channels, gf_image *image,
                          gf_error *error);
void gf_image_clear(gf_image *image);
/* The largest sample: 255 or 65535. */
uint32_t gf_image_white(const gf_image *image);
gf_status gf_image_read_png(const char *path, gf_image *image, gf_error *error);
/* The samples have 8 bits. */
gf_status gf_image_write_png(const gf_image *image, const char *path, gf_error *error);
/* The same to a stream, which messages call `path`. */
gf_status gf_image_put_png(const gf_image *image, FILE *stream, const char *path, gf_error *error);

/* A PNG that is written some rows at a time, to an open stream, which messages call `path`; both
 * must outlive it. */
typedef struct gf_png_rows gf_png_rows;

gf_status gf_png_rows_begin(size_t width, size_t height, uint32_t channels, FILE *stream,
                            const char *path, gf_png_rows **png, gf_error *error);
/* The next rows, from the top: samples of 8 bits. */
gf_status gf_png_rows_add(gf_png_rows *png, size_t rows, const uint8_t *pixels, gf_error *error);
/* Ends the picture, of which all rows were added, and frees it in any case. */
gf_status gf_png_rows_end(gf_png_rows *png, gf_error *error);
/* Frees it as it is. Accepts NULL. */
void gf_png_rows_discard(gf_png_rows *png);

typedef struct gf_image_difference {
    size_t differing_pixels;
    uint32_t max_difference;     /* largest difference of one sample */
    uint32_t white;              /* the largest that is possible: 255, or 65535 if either image has
                                    samples of 16 bits; those of 8 bits then count 257-fold */
    double mean_difference;      /* over all samples */
    size_t first_row, first_col; /* the first pixel that differs */
} gf_image_difference;

/* Compares two images; GF_USAGE when their sizes or channel counts differ. `picture` may be NULL;
 * otherwise it gets a grey picture of the differences, brighter where they are larger. */
gf_status gf_image_compare(const gf_image *a, const gf_image *b, gf_image_difference *difference,
                           gf_image *picture, gf_error *error);
