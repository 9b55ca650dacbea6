/* Julia's inputs: the grid of points, and the lists that carry them, in the picture's order or
 * shuffled. */
#pragma once

#include "problem/workload.h"
#include "stats/permutation.h"

extern const char *const gf_julia_inputs[]; /* the words of the parameter "inputs" */

/* The pixels' places in the plane. */
typedef struct gf_julia_grid {
    bool f32;
    double x1, x_extent, x_step, y2, y_extent, y_step;
    uint32_t width, height;
} gf_julia_grid;

gf_julia_grid gf_julia_grid_of(const gf_problem *problem);
double gf_julia_x(const gf_julia_grid *grid, uint32_t column);
double gf_julia_y(const gf_julia_grid *grid, uint32_t row);

/* Whether z and c of each pixel come from arrays. */
bool gf_julia_has_list(const gf_problem *problem);

/* Whether they come in a random order. */
bool gf_julia_is_shuffled(const gf_problem *problem);
/* The pixel, counted row by row, of each item of the lists and of the result. */
gf_permutation gf_julia_order(const gf_problem *problem);

/* Fills `rows` rows of buffer `index` (zs or cs) from `first_row` on; `host` is the first of them.
 */
void gf_julia_fill_rows(const gf_problem *problem, uint32_t index, size_t first_row, size_t rows,
                        void *host);
