/* A PNG that is smaller than the picture that it is made of, which comes some rows at a time: each
 * pixel is the mean of a square of whole pixels. */
#pragma once

#include "image/image.h"

typedef struct gf_reduced_png gf_reduced_png;

/* A picture of 8-bit samples, both sides of which become at most `side` pixels, side > 0. The
 * stream, which messages call `path`, and the path must outlive it. */
gf_status gf_reduced_png_begin(size_t width, size_t height, uint32_t channels, size_t side,
                               FILE *stream, const char *path, gf_reduced_png **made,
                               gf_error *error);
/* The next rows, from the top. */
gf_status gf_reduced_png_add(gf_reduced_png *png, size_t rows, const uint8_t *pixels,
                             gf_error *error);
/* Ends the picture, of which all rows were added, and frees it in any case. */
gf_status gf_reduced_png_end(gf_reduced_png *png, gf_error *error);
/* Frees it as it is. Accepts NULL. */
void gf_reduced_png_discard(gf_reduced_png *png);
