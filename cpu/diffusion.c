/* Diffusion in two dimensions: the explicit 5-point scheme.
 *
 *   u' = u + rate * ((((down + up) + right) + left) - 4 u)
 *
 * in exactly this order, every operation rounded once, so that every ISA, thread count and device
 * gives the same bits.
 *
 * The scalar kernel does one pass over the field a step and is the reference. The vector kernels do
 * many steps a pass (diffusion_passes.h); what those leave over is done one step a pass, too.
 *
 * buffers: field (inout) and next (scratch), rows x cols reals each; the ping-pong pair
 * scalars: rate = D dt / h^2; u32 rows, cols, boundary
 * tunables: steps-per-pass, tile-cols, tile-rows, streaming-stores
 */
#include "diffusion_grid.h"

#if !GF_TARGET_SCALAR
#include "diffusion_passes.h"
#endif

/* The rows around one row, as the boundary defines them. */
typedef struct neighbourhood {
    const gf_real *up, *centre, *down;
} neighbourhood;

static inline gf_real updated(gf_real down, gf_real up, gf_real right, gf_real left, gf_real u,
                              gf_real rate) {
    const gf_real laplacian = (((down + up) + right) + left) - (gf_real)4 * u;
    return u + rate * laplacian;
}

/* Columns begin to end of one row; each has a left and a right neighbour within the row. */
static void update_span(neighbourhood n, gf_real *restrict to, size_t begin, size_t end,
                        gf_real rate) {
    size_t j = begin;
#if !GF_TARGET_SCALAR
    const gf_vec four = gf_vec_set1(4), rates = gf_vec_set1(rate);
    for (; j + GF_LANES <= end; j += GF_LANES) {
        const gf_vec u = gf_vec_load(n.centre + j);
        gf_vec sum = gf_vec_add(gf_vec_load(n.down + j), gf_vec_load(n.up + j));
        sum = gf_vec_add(sum, gf_vec_load(n.centre + j + 1));
        sum = gf_vec_add(sum, gf_vec_load(n.centre + j - 1));
        const gf_vec laplacian = gf_vec_sub(sum, gf_vec_mul(four, u));
        gf_vec_store(to + j, gf_vec_add(u, gf_vec_mul(rates, laplacian)));
    }
#endif
    for (; j < end; j++)
        to[j] = updated(n.down[j], n.up[j], n.centre[j + 1], n.centre[j - 1], n.centre[j], rate);
}

/* The first or last column of a row, whose neighbours left and right stand at these columns. */
static void update_cell(neighbourhood n, gf_real *to, size_t j, size_t left, size_t right,
                        gf_real rate) {
    to[j] = updated(n.down[j], n.up[j], n.centre[right], n.centre[left], n.centre[j], rate);
}

/* The index before or behind 0 <= i < count; beyond the edge, what the boundary puts there. */
static size_t index_before(size_t i, size_t count, uint32_t boundary) {
    if (i > 0)
        return i - 1;
    return boundary == PERIODIC ? count - 1 : 0;
}

static size_t index_behind(size_t i, size_t count, uint32_t boundary) {
    if (i + 1 < count)
        return i + 1;
    return boundary == PERIODIC ? 0 : i;
}

static void update_row(const grid *g, const gf_real *from, gf_real *next, size_t i) {
    const size_t last = g->cols - 1;
    gf_real *const to = next + i * g->cols;
    const neighbourhood n = {
        .up = from + index_before(i, g->rows, g->boundary) * g->cols,
        .centre = from + i * g->cols,
        .down = from + index_behind(i, g->rows, g->boundary) * g->cols,
    };
    if (g->boundary == FIXED) {
        if (i == 0 || i == g->rows - 1) {
            memcpy(to, n.centre, g->cols * sizeof *to);
            return;
        }
        to[0] = n.centre[0];
        to[last] = n.centre[last];
    } else {
        const size_t before_first = index_before(0, g->cols, g->boundary);
        const size_t behind_first = index_behind(0, g->cols, g->boundary);
        update_cell(n, to, 0, before_first, behind_first, g->rate);
        const size_t before_last = index_before(last, g->cols, g->boundary);
        const size_t behind_last = index_behind(last, g->cols, g->boundary);
        update_cell(n, to, last, before_last, behind_last, g->rate);
    }
    update_span(n, to, 1, last, g->rate);
}

/* `step_count` steps in one parallel region with one barrier a step. Every thread must leave at the
 * same step, so one of them reads the cancel flag for the next step before the barrier and the
 * others read its note behind it. Two slots by turns: a note is rewritten only after the next
 * barrier. */
static void run_steps(const grid *g, gf_real *const pair[2], uint64_t step_count,
                      const gf_kernel_args *args) {
    const size_t rows = g->rows;
    bool stop[2] = {gf_kernel_cancelled(args), false};
#pragma omp parallel num_threads((int)args->thread_count)
    for (uint64_t step = 0; step < step_count; step++) {
        if (stop[step % 2])
            break;
#pragma omp master
        stop[(step + 1) % 2] = gf_kernel_cancelled(args);
        const gf_real *const from = pair[step % 2];
        gf_real *const to = pair[(step + 1) % 2];
#pragma omp for schedule(static)
        for (size_t i = 0; i < rows; i++)
            update_row(g, from, to, i);
    }
}

uint32_t GF_KERNEL(diffusion)(const gf_kernel_args *args) {
    assert(args->buffer_count == 2);
    assert(args->thread_count >= 1);
    const grid g = {
        .rows = gf_arg_u32(args, "rows"),
        .cols = gf_arg_u32(args, "cols"),
        .boundary = gf_arg_u32(args, "boundary"),
        .rate = (gf_real)gf_arg_f64(args, "rate"),
    };
    assert(g.rows >= 1 && g.cols >= 1 && g.boundary <= INSULATED);
    gf_real *const pair[2] = {args->buffers[0], args->buffers[1]};
#if GF_TARGET_SCALAR
    const progress done = {0, 0};
#else
    const progress done = run_passes(&g, pair, args);
#endif
    gf_real *const rest[2] = {pair[done.passes % 2], pair[(done.passes + 1) % 2]};
    run_steps(&g, rest, args->step_count - done.steps, args);
    return (uint32_t)((done.passes + args->step_count - done.steps) % 2);
}
