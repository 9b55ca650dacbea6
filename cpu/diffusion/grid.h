/* The grid of the diffusion kernels. */
#ifndef GF_DIFFUSION_GRID_H
#define GF_DIFFUSION_GRID_H

#include "kernel.h"

enum boundary { FIXED, PERIODIC, INSULATED };

typedef struct grid {
    size_t rows, cols;
    uint32_t boundary;
    gf_real rate;
} grid;

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

#endif
