/* The divergence map in memory. */
#pragma once

#include "image/image.h"
#include "measure/comparison.h"

/* The items of the problem have work of different lengths. */
bool gf_divergence_map_is_possible(const gf_problem *problem);
/* Of a problem for which it is possible, as gf_comparison_write_divergence. *drawn: the items that
 * run in step. The caller clears the image, also after a failure. */
gf_status gf_divergence_map_draw(const gf_comparison *comparison, const char *group,
                                 gf_lane_group *drawn, gf_image *image, gf_error *error);
