/* Smaller pictures. */
#pragma once

#include "image/image.h"

typedef enum gf_reduction {
    GF_REDUCE_MEAN, /* a pixel is the mean of those that it stands for */
    GF_REDUCE_MOST  /* the largest of them, so that no single one is lost */
} gf_reduction;

/* A picture with sides of at most `side` pixels, `side` > 0: each pixel stands for a square of
 * whole pixels. `image`: samples of 8 bits. The caller clears *reduced. GF_FAILED: no memory. */
gf_status gf_image_reduce(const gf_image *image, size_t side, gf_reduction reduction,
                          gf_image *reduced, gf_error *error);
