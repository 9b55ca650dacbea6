/* One step of diffusion a pass over the field: a template. The file that includes it has defined
 * update_span(n, to, begin, end, rate), which updates columns begin to end - 1 of one row, each
 * with a left and a right neighbour within the row. A call through a pointer for each row would
 * cost small grids a third of their speed.
 */
#include "barrier.h"

/* The indices before and after 0 <= i < count; beyond the edge, what the boundary puts there. */
static size_t index_before(size_t i, size_t count, uint32_t boundary) {
    if (i > 0)
        return i - 1;
    return boundary == PERIODIC ? count - 1 : 0;
}

static size_t index_after(size_t i, size_t count, uint32_t boundary) {
    if (i + 1 < count)
        return i + 1;
    return boundary == PERIODIC ? 0 : i;
}

/* Updates the first or last column of a row. */
static void update_end(const grid *g, neighbourhood n, gf_real *to, size_t j) {
    const gf_real left = n.centre[index_before(j, g->cols, g->boundary)];
    const gf_real right = n.centre[index_after(j, g->cols, g->boundary)];
    to[j] = updated(n.down[j], n.up[j], right, left, n.centre[j], g->rate);
}

static void update_row(const grid *g, const gf_real *from, gf_real *next, size_t i) {
    const size_t last = g->cols - 1;
    gf_real *const to = next + i * g->cols;
    const neighbourhood n = {
        .up = from + index_before(i, g->rows, g->boundary) * g->cols,
        .centre = from + i * g->cols,
        .down = from + index_after(i, g->rows, g->boundary) * g->cols,
    };
    if (g->boundary == FIXED) {
        if (i == 0 || i == g->rows - 1) {
            memcpy(to, n.centre, g->cols * sizeof *to);
            return;
        }
        to[0] = n.centre[0];
        to[last] = n.centre[last];
    } else {
        update_end(g, n, to, 0);
        update_end(g, n, to, last);
    }
    update_span(n, to, 1, last, g->rate);
}

/* `step_count` steps in one parallel region with one barrier a step. Every thread must leave at the
 * same step, so one thread notes the cancel flag for the next step before the barrier and all read
 * the note after it. Two slots take turns, so that a note is rewritten only after the next barrier.
 */
static void run_steps(const grid *g, gf_real *const pair[2], uint64_t step_count,
                      const gf_kernel_args *args) {
    const size_t rows = g->rows;
    bool stop[2] = {gf_kernel_cancelled(args), false};
    gf_barrier barrier = {0, 0, 0};
#pragma omp parallel num_threads((int)args->thread_count)
    {
        const size_t threads = (size_t)omp_get_num_threads(), thread = (size_t)omp_get_thread_num();
        for (uint64_t step = 0; step < step_count && !stop[step % 2]; step++) {
            if (gf_is_first_thread())
                stop[(step + 1) % 2] = gf_kernel_cancelled(args);
            const gf_real *const from = pair[step % 2];
            gf_real *const to = pair[(step + 1) % 2];
            for (size_t i = rows * thread / threads; i < rows * (thread + 1) / threads; i++)
                update_row(g, from, to, i);
            gf_barrier_wait(&barrier, (uint32_t)threads);
        }
    }
}
