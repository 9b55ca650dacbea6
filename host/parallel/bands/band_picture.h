/* The picture of a rank's bands. */
#pragma once

#include "image/image.h"
#include "parallel/bands/rank_bands.h"

/* What pictures of this rank's bands depend on, of all bands the largest; 0: nothing. */
double gf_bands_picture_largest(const gf_rank_bands *bands);
/* The rows of all bands, one band below the other; without any an image without rows. `largest`: of
 * all ranks. */
gf_status gf_bands_render(const gf_rank_bands *bands, double largest, gf_image *image,
                          gf_error *error);
