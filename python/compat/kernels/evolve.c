/* One step of diffusion from one array to another, whose edge is not written.
 *
 * buffers: in (in), out (out), rows x cols reals each, apart from each other, at any address
 * scalars: those of grid.h, with a fixed boundary; rows have two values more than a vector, at
 * least
 *
 * One thread. Two that shared the rows took half the time on a quiet machine (40 for 79
 * microseconds), but up to three times as long beside other programs, where each step waits for the
 * thread that has lost its core.
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

/* Updates columns from j on, as far as there is a whole vector after that of the column; returns
 * the first column that is left. Neighbours to the left and right come from registers. Loads of
 * them would overlap with what has just been stored, where the arrays have similar places in their
 * pages, and wait for it: that took up to 1.8 times as long. */
static size_t update_middle(const neighbourhood *n, gf_real *restrict to, size_t j, size_t cols,
                            gf_vec rates) {
    const gf_mask first = gf_mask_first(1), last = gf_mask_not(gf_mask_first(GF_LANES - 1));
    gf_vec u = gf_vec_load(n->centre + j);
    gf_vec from_left = gf_vec_set1(n->centre[j - 1]), from_right = gf_vec_rotate_down(u);
    for (; j + 2 * GF_LANES <= cols; j += GF_LANES) {
        const gf_vec next = gf_vec_load(n->centre + j + GF_LANES);
        const gf_vec up = gf_vec_rotate_up(u), down = gf_vec_rotate_down(next);
        const gf_vec left = gf_vec_select(first, from_left, up);
        const gf_vec right = gf_vec_select(last, down, from_right);
        gf_vec_store(to + j, updated_lanes(gf_vec_load(n->down + j), gf_vec_load(n->up + j), right,
                                           left, u, rates));
        from_left = up;
        from_right = down;
        u = next;
    }
    return j;
}

/* Vectors at the ends overlap with their neighbours: they store the same values again. */
static void update_inner(const neighbourhood *n, gf_real *restrict to, size_t cols, gf_real rate) {
    const gf_vec rates = gf_vec_set1(rate);
    const size_t end = cols - 1;
    update_vector(n, to, 1, rates);
    const size_t rest = update_middle(n, to, first_aligned(to), cols, rates);
    if (rest + GF_LANES < end)
        update_vector(n, to, rest, rates);
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
