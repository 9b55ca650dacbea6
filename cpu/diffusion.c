/* Diffusion (diffusion/grid.h) with vectors: many steps in one pass over the field
 * (diffusion/passes.h), then one step a pass for the rest.
 */
#include "diffusion/passes.h"
#include "diffusion/vector_update.h"

static void update_span(neighbourhood n, gf_real *restrict to, size_t begin, size_t end,
                        gf_real rate) {
    size_t j = begin;
    const gf_vec rates = gf_vec_set1(rate);
    for (; j + GF_LANES <= end; j += GF_LANES)
        update_vector(&n, to, j, rates);
    for (; j < end; j++)
        to[j] = updated(n.down[j], n.up[j], n.centre[j + 1], n.centre[j - 1], n.centre[j], rate);
}

#include "diffusion/steps_template.h"

uint32_t GF_KERNEL(diffusion)(const gf_kernel_args *args) {
    const grid g = read_grid(args);
    gf_real *const pair[2] = {args->buffers[0], args->buffers[1]};
    const progress done = run_passes(&g, pair, args);
    gf_real *const rest[2] = {pair[done.passes % 2], pair[(done.passes + 1) % 2]};
    run_steps(&g, rest, args->step_count - done.steps, args);
    return (uint32_t)((done.passes + args->step_count - done.steps) % 2);
}
