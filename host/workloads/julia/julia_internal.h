/* What the files of the Julia workload share. */
#ifndef GF_JULIA_INTERNAL_H
#define GF_JULIA_INTERNAL_H

#include "problem/workload.h"
#include "stats/permutation.h"

/* inputs.c */

/* Where the pixels lie in the plane. */
typedef struct gf_julia_grid {
    bool f32;
    double x1, x_extent, x_step, y2, y_extent, y_step;
    uint32_t width, height;
} gf_julia_grid;

gf_julia_grid gf_julia_grid_of(const gf_problem *problem);
double gf_julia_x(const gf_julia_grid *grid, uint32_t column);
double gf_julia_y(const gf_julia_grid *grid, uint32_t row);

extern const char *const gf_julia_inputs[]; /* for the table of parameters */
/* z and c of each pixel come from arrays. */
bool gf_julia_has_list(const gf_problem *problem);
/* The pixel, row by row, that each item of the lists and of the result is. */
gf_permutation gf_julia_order(const gf_problem *problem);
/* Fills so many rows of buffer `index` (zs or cs) from `first_row` on; `host` is where they begin.
 */
void gf_julia_fill_rows(const gf_problem *problem, uint32_t index, size_t first_row, size_t rows,
                        void *host);

/* pictures.c */
extern const char *const gf_julia_renderings[]; /* for the table of parameters */
gf_status gf_julia_render(const gf_problem *problem, const void *result, gf_image *image,
                          gf_error *error);

/* julia.c: one count of a result. */
uint32_t gf_julia_count_at(const gf_problem *problem, const void *result, size_t index);

/* ndrange.c */
#define GF_JULIA_NDRANGE_VARIANTS 3
extern const gf_ndrange_variant gf_julia_ndrange_variants[GF_JULIA_NDRANGE_VARIANTS];

#endif
