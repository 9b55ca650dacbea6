/* Pictures of Julia's counts. Pixels of a shuffled result are put back in order. */
#pragma once

#include "problem/workload.h"

extern const char *const gf_julia_renderings[]; /* the words of the parameter "rendering" */

gf_status gf_julia_render(const gf_problem *problem, const void *result, gf_image *image,
                          gf_error *error);
/* Its `picture_largest`: the largest count. */
double gf_julia_picture_largest(const gf_problem *problem, const void *result);
