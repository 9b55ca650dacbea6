/* The picture of the Julia kernels: its points, its parts, and the loop over the parts.
 *
 * buffers: counts (out), or zs (in), cs (in), counts (out) with --inputs list. Counts are u16 while
 *          max_iter <= 65535, else u32, rows x width; zs and cs have (re, im) of the real type
 * scalars: x1, x_extent, y2, y_extent, x_step, y_step, c_re, c_im;
 *          u32 width, height, first_row, rows, max_iter
 * tunables: balance
 */
#pragma once

#include "barrier.h"

/* Threads take the parts of the picture one by one. A part is a few tens of microseconds of work
 * where nothing escapes (4096 points x 300 updates at 2 to 5 a nanosecond), so that taking one
 * costs nothing, and its rows share the coordinates of columns. */
#define PART_COLS   256
#define PART_POINTS 4096

/* A thread gets at least this many parts, so that the threads wait for the last one for 1/32 of the
 * time at most, unless parts would become too small for the vector code to fill vectors from. */
#define PARTS_PER_THREAD 32
#define SMALLEST_PART    512

enum balance { FEWEST_OPERATIONS = 1, BALANCED_PIPES };

typedef struct job {
    double x1, x_extent, y2, y_extent, x_step, y_step;
    gf_real c_re, c_im;
    uint32_t width, height, first_row, rows, max_iter;
    const gf_real *zs, *cs; /* both NULL: generated inputs */
    uint16_t *counts16;     /* one of the two is NULL */
    uint32_t *counts32;
    bool balanced;              /* see update_blindly */
    const gf_kernel_args *args; /* for the cancel flag */
} job;

/* A rectangle of the picture. */
typedef struct part {
    uint32_t row, rows, col, cols;
} part;

/* Sets the counts of a part. */
typedef void (*part_counter)(const job *w, const part *b);

#if GF_REAL_BITS == 64
static gf_real column_x(const job *w, uint32_t i) {
    return w->x1 + (i * w->x_extent) / w->width;
}

static gf_real row_y(const job *w, uint32_t row) {
    return w->y2 - ((w->first_row + row) * w->y_extent) / w->height;
}
#else
static gf_real column_x(const job *w, uint32_t i) {
    return gf_pair_linear(gf_pair_split(w->x1), gf_pair_split(w->x_step), i);
}

static gf_real row_y(const job *w, uint32_t row) {
    return gf_pair_linear(gf_pair_split(w->y2), gf_pair_split(w->y_step), w->first_row + row);
}
#endif

static size_t pixel_index(const job *w, uint32_t row, uint32_t col) {
    return (size_t)row * w->width + col;
}

static job read_job(const gf_kernel_args *args) {
    const bool list = args->buffer_count == 3;
    job w = {
        .x1 = gf_arg_f64(args, "x1"),
        .x_extent = gf_arg_f64(args, "x_extent"),
        .y2 = gf_arg_f64(args, "y2"),
        .y_extent = gf_arg_f64(args, "y_extent"),
        .x_step = gf_arg_f64(args, "x_step"),
        .y_step = gf_arg_f64(args, "y_step"),
        .c_re = (gf_real)gf_arg_f64(args, "c_re"),
        .c_im = (gf_real)gf_arg_f64(args, "c_im"),
        .width = gf_arg_u32(args, "width"),
        .height = gf_arg_u32(args, "height"),
        .first_row = gf_arg_u32(args, "first_row"),
        .rows = gf_arg_u32(args, "rows"),
        .max_iter = gf_arg_u32(args, "max_iter"),
        .zs = list ? args->buffers[0] : NULL,
        .cs = list ? args->buffers[1] : NULL,
        .balanced = gf_arg_tuning(args, "balance", FEWEST_OPERATIONS) == BALANCED_PIPES,
        .args = args,
    };
    if (w.max_iter <= UINT16_MAX)
        w.counts16 = args->buffers[args->buffer_count - 1];
    else
        w.counts32 = args->buffers[args->buffer_count - 1];
    return w;
}

static uint32_t rows_per_part(const job *w, uint32_t thread_count) {
    const uint32_t cols = (gf_smaller_u32(w->width, PART_COLS) + 15) / 16 * 16;
    const size_t share = (size_t)w->width * w->rows / thread_count / PARTS_PER_THREAD;
    const size_t size = share < SMALLEST_PART ? SMALLEST_PART : gf_smaller_size(share, PART_POINTS);
    return gf_smaller_u32(w->rows, (uint32_t)(size / cols));
}

static uint32_t count_picture(const gf_kernel_args *args, part_counter count_part) {
    assert(args->buffer_count == 1 || args->buffer_count == 3);
    assert(args->thread_count >= 1);
    const job w = read_job(args);
    assert(w.width >= 1 && w.rows >= 1);
    const uint32_t rows = rows_per_part(&w, args->thread_count);
    const size_t across = ((size_t)w.width + PART_COLS - 1) / PART_COLS;
    const size_t down = ((size_t)w.rows + rows - 1) / rows;
    const size_t parts = across * down;
    atomic_size_t taken = 0;
    gf_barrier barrier = {0, 0, 0};
#pragma omp parallel num_threads((int)args->thread_count)
    {
        /* count_part reads the flag too, because each point may take long */
        for (size_t index; (index = atomic_fetch_add(&taken, 1)) < parts;) {
            if (gf_kernel_cancelled(args))
                break;
            const uint32_t row = (uint32_t)(index / across) * rows;
            const uint32_t col = (uint32_t)(index % across) * PART_COLS;
            const part b = {row, gf_smaller_u32(rows, w.rows - row), col,
                            gf_smaller_u32(PART_COLS, w.width - col)};
            count_part(&w, &b);
        }
        gf_barrier_wait(&barrier, (uint32_t)omp_get_num_threads());
    }
    return 0;
}
