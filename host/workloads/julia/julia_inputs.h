/* Julia's inputs: the grid of points, and the lists that carry them, in the picture's order or
 * shuffled. */
#ifndef GF_JULIA_INPUTS_H
#define GF_JULIA_INPUTS_H

#include "stats/permutation.h"
#include "workloads/julia/julia_internal.h"

double gf_julia_x(const gf_julia_grid *grid, uint32_t column);
double gf_julia_y(const gf_julia_grid *grid, uint32_t row);

/* z and c of each pixel come from arrays. */
bool gf_julia_has_list(const gf_problem *problem);

/* The pixel, row by row, that each item of the lists and of the result is. */
gf_permutation gf_julia_order(const gf_problem *problem);

/* Fills so many rows of buffer `index` (zs or cs) from `first_row` on; `host` is where they begin.
 */
void gf_julia_fill_rows(const gf_problem *problem, uint32_t index, size_t first_row, size_t rows,
                        void *host);

#endif
