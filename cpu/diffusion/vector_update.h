/* The update of as many cells as a vector has, for kernels of diffusion (grid.h). */
#pragma once

#include "diffusion/grid.h"
#include "simd.h"

/* Updates columns j to j + GF_LANES - 1 of one row, each with a left and a right neighbour within
 * the row. `rates`: the rate in each lane. */
static GF_ALWAYS_INLINE void update_vector(const neighbourhood *n, gf_real *restrict to, size_t j,
                                           gf_vec rates) {
    const gf_vec u = gf_vec_load(n->centre + j);
    gf_vec sum = gf_vec_add(gf_vec_load(n->down + j), gf_vec_load(n->up + j));
    sum = gf_vec_add(sum, gf_vec_load(n->centre + j + 1));
    sum = gf_vec_add(sum, gf_vec_load(n->centre + j - 1));
    const gf_vec laplacian = gf_vec_sub(sum, gf_vec_mul(gf_vec_set1(4), u));
    gf_vec_store(to + j, gf_vec_add(u, gf_vec_mul(rates, laplacian)));
}
