/* One step of diffusion from one array to another, whose edge is not written.
 *
 * buffers: in (in), out (out), rows x cols reals each, apart from each other, at any address
 * scalars: those of grid.h, with a fixed boundary; rows have two values more than a vector, at
 * least
 *
 * One thread: a team of threads would halve the time, but OpenMP's teams don't outlive fork(), and
 * clients fork.
 */
#if GF_TARGET_SCALAR
#include "diffusion/grid.h"

static void update_inner(const neighbourhood *n, gf_real *restrict to, size_t cols, gf_real rate) {
    for (size_t j = 1; j + 1 < cols; j++)
        to[j] =
            updated(n->down[j], n->up[j], n->centre[j + 1], n->centre[j - 1], n->centre[j], rate);
}
#else
#include "diffusion/vector_update.h"

/* The first column, from 1 on, whose address is a multiple of a vector. A store that crosses a
 * cache line takes twice as long. */
static size_t first_aligned(const gf_real *to) {
    return GF_LANES - (uintptr_t)to / sizeof *to % GF_LANES;
}

/* The first and the last vector overlap with their neighbours: they store the same values again. */
static void update_inner(const neighbourhood *n, gf_real *restrict to, size_t cols, gf_real rate) {
    const gf_vec rates = gf_vec_set1(rate);
    const size_t end = cols - 1;
    update_vector(n, to, 1, rates);
    for (size_t j = first_aligned(to); j + GF_LANES <= end; j += GF_LANES)
        update_vector(n, to, j, rates);
    update_vector(n, to, end - GF_LANES, rates);
}
#endif

uint32_t GF_KERNEL(evolve)(const gf_kernel_args *args) {
    const grid g = read_grid(args);
    const gf_real *const from = args->buffers[0];
    gf_real *const to = args->buffers[1];
    assert(g.boundary == FIXED);
    for (size_t i = 1; i + 1 < g.rows; i++) {
        const gf_real *const centre = from + i * g.cols;
        const neighbourhood n = {centre - g.cols, centre, centre + g.cols};
        update_inner(&n, to + i * g.cols, g.cols, g.rate);
    }
    return 0;
}
