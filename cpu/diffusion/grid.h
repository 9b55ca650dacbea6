/* Diffusion in two dimensions, the explicit 5-point scheme: the grid, and the update of a cell.
 *
 *   u' = u + rate * ((((down + up) + right) + left) - 4 u)
 *
 * in exactly this order, every operation rounded once, so that every ISA, thread count and device
 * gives the same bits.
 *
 * buffers: field (inout) and next (scratch), rows x cols reals each; the ping-pong pair
 * scalars: rate = D dt / h^2; u32 rows, cols, boundary
 * tunables: steps-per-pass, tile-cols, tile-rows, streaming-stores, balance
 */
#pragma once

#include "kernel.h"

enum boundary { FIXED, PERIODIC, INSULATED };

typedef struct grid {
    size_t rows, cols;
    uint32_t boundary;
    gf_real rate;
} grid;

/* A row and the rows above and below it, as the boundary defines them. */
typedef struct neighbourhood {
    const gf_real *up, *centre, *down;
} neighbourhood;

static inline gf_real updated(gf_real down, gf_real up, gf_real right, gf_real left, gf_real u,
                              gf_real rate) {
    const gf_real laplacian = (((down + up) + right) + left) - (gf_real)4 * u;
    return u + rate * laplacian;
}

static grid read_grid(const gf_kernel_args *args) {
    assert(args->buffer_count == 2 && args->thread_count >= 1);
    const grid g = {
        .rows = gf_arg_u32(args, "rows"),
        .cols = gf_arg_u32(args, "cols"),
        .boundary = gf_arg_u32(args, "boundary"),
        .rate = (gf_real)gf_arg_f64(args, "rate"),
    };
    assert(g.rows >= 1 && g.cols >= 1 && g.boundary <= INSULATED);
    return g;
}
