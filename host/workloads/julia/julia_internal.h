/* What the files of the Julia workload share. */
#ifndef GF_JULIA_INTERNAL_H
#define GF_JULIA_INTERNAL_H

#include "problem/workload.h"

/* inputs.c */

/* Where the pixels lie in the plane. */
typedef struct gf_julia_grid {
    bool f32;
    double x1, x_extent, x_step, y2, y_extent, y_step;
    uint32_t width, height;
} gf_julia_grid;

gf_julia_grid gf_julia_grid_of(const gf_problem *problem);

extern const char *const gf_julia_inputs[]; /* for the table of parameters */

/* pictures.c */
extern const char *const gf_julia_renderings[]; /* for the table of parameters */

/* julia.c: one count of a result. */
uint32_t gf_julia_count_at(const gf_problem *problem, const void *result, size_t index);

/* ndrange.c */
#define GF_JULIA_NDRANGE_VARIANTS 3
extern const gf_ndrange_variant gf_julia_ndrange_variants[GF_JULIA_NDRANGE_VARIANTS];

#endif
