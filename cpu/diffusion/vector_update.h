/* The update of as many cells as a vector has, for kernels of diffusion (grid.h). */
#pragma once

#include "diffusion/grid.h"
#include "simd.h"

/* `updated` in each lane. */
static GF_ALWAYS_INLINE gf_vec updated_lanes(gf_vec down, gf_vec up, gf_vec right, gf_vec left,
                                             gf_vec u, gf_vec rates) {
    const gf_vec sum = gf_vec_add(gf_vec_add(gf_vec_add(down, up), right), left);
    const gf_vec laplacian = gf_vec_sub(sum, gf_vec_mul(gf_vec_set1(4), u));
    return gf_vec_add(u, gf_vec_mul(rates, laplacian));
}

/* Updates columns j to j + GF_LANES - 1 of one row, each with a left and a right neighbour within
 * the row. `rates`: the rate in each lane. */
static GF_ALWAYS_INLINE void update_vector(const neighbourhood *n, gf_real *restrict to, size_t j,
                                           gf_vec rates) {
    gf_vec_store(to + j,
                 updated_lanes(gf_vec_load(n->down + j), gf_vec_load(n->up + j),
                               gf_vec_load(n->centre + j + 1), gf_vec_load(n->centre + j - 1),
                               gf_vec_load(n->centre + j), rates));
}
