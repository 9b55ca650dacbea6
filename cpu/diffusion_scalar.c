/* Diffusion (diffusion/grid.h), the reference: one cell after the other. */
#include "diffusion/grid.h"

static void update_span(neighbourhood n, gf_real *restrict to, size_t begin, size_t end,
                        gf_real rate) {
    for (size_t j = begin; j < end; j++)
        to[j] = updated(n.down[j], n.up[j], n.centre[j + 1], n.centre[j - 1], n.centre[j], rate);
}

#include "diffusion/steps_template.h"

uint32_t GF_KERNEL(diffusion)(const gf_kernel_args *args) {
    const grid g = read_grid(args);
    gf_real *const pair[2] = {args->buffers[0], args->buffers[1]};
    run_steps(&g, pair, args->step_count, args);
    return (uint32_t)(args->step_count % 2);
}
