/* Numbers as colours. */
#pragma once

#include <stdint.h>

/* The colour of `t` on the viridis scale: 0 is dark violet, 1 is yellow; lightness grows evenly
 * with t. Values outside [0, 1] take the nearest end; a NaN is black, which is not on the scale. */
void gf_colormap_viridis(double t, uint8_t rgb[3]);
