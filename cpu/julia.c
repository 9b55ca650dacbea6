/* Escape times of z = z^2 + c: for each pixel the number of updates while n < max_iter and
 * |z|^2 < 4.
 *
 * Arithmetic is strict: every operation is rounded once and in this order,
 *   a = zr zr; b = zi zi; p = zr zi; zr = (a - b) + cr; zi = (p + p) + ci; test a + b < 4
 * so that every ISA, thread count and device gives the same counts. Relaxed arithmetic may contract
 * but need not: this kernel does not, and is not told which of the two was asked for.
 *
 * buffers: counts (out), or zs (in), cs (in), counts (out) with --inputs list. Counts are u16 while
 *          max_iter <= 65535, else u32, rows x width; zs and cs have (re, im) of the real type
 * scalars: x1, x_extent, y2, y_extent, x_step, y_step, c_re, c_im;
 *          u32 width, height, first_row, rows, max_iter
 */
#include "kernel.h"

#if !GF_ISA_SCALAR
#include "simd.h"
#endif

/* The picture is cut into blocks of 4 rows and 256 columns, which threads take one by one. Four
 * rows, because the vector code keeps one vector of each of four rows in flight, which hides the
 * latency of an update: its chain is multiply, subtract, add, about 12 cycles for some 9
 * instructions. 256 columns are a few tens of microseconds of work, so that taking a block costs
 * nothing and the last one is not waited for long; and one row alone still feeds many threads. */
#define BLOCK_ROWS 4
#define BLOCK_COLS 256

/* A point with |z|^2 >= 4 from the start: it fills the lanes of a vector beyond the picture. */
#define OUTSIDE 4

typedef struct job {
    double x1, x_extent, y2, y_extent, x_step, y_step;
    gf_real c_re, c_im;
    uint32_t width, height, first_row, rows, max_iter;
    const gf_real *zs, *cs; /* both NULL: generated inputs */
    uint16_t *counts16;     /* one of the two is NULL */
    uint32_t *counts32;
    const gf_kernel_args *args; /* for the cancel flag */
} job;

/* A part of the picture with the coordinates of its columns and rows (generated inputs only). */
typedef struct block {
    uint32_t row, rows, col, cols;
    gf_real x[BLOCK_COLS];
    gf_real y[BLOCK_ROWS];
} block;

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

static uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static void set_block(const job *w, uint32_t row, uint32_t col, block *b) {
    b->row = row;
    b->col = col;
    b->rows = smaller(BLOCK_ROWS, w->rows - row);
    b->cols = smaller(BLOCK_COLS, w->width - col);
    if (w->zs != NULL)
        return;
    for (uint32_t j = 0; j < BLOCK_ROWS; j++)
        b->y[j] = j < b->rows ? row_y(w, row + j) : OUTSIDE;
    for (uint32_t i = 0; i < BLOCK_COLS; i++)
        b->x[i] = i < b->cols ? column_x(w, col + i) : OUTSIDE;
}

static size_t pixel_index(const job *w, uint32_t row, uint32_t col) {
    return (size_t)row * w->width + col;
}

#if GF_ISA_SCALAR

static uint32_t escape_count(gf_real zr, gf_real zi, gf_real cr, gf_real ci, uint32_t max_iter) {
    uint32_t n = 0;
    gf_real a = zr * zr;
    gf_real b = zi * zi;
    while (n < max_iter && a + b < 4) {
        const gf_real p = zr * zi;
        zr = (a - b) + cr;
        zi = (p + p) + ci;
        n++;
        a = zr * zr;
        b = zi * zi;
    }
    return n;
}

static void count_block(const job *w, const block *b) {
    for (uint32_t j = 0; j < b->rows; j++) {
        for (uint32_t i = 0; i < b->cols && !gf_cancelled(w->args); i++) {
            const size_t at = pixel_index(w, b->row + j, b->col + i);
            uint32_t n;
            if (w->zs == NULL)
                n = escape_count(b->x[i], b->y[j], w->c_re, w->c_im, w->max_iter);
            else
                n = escape_count(w->zs[2 * at], w->zs[2 * at + 1], w->cs[2 * at], w->cs[2 * at + 1],
                                 w->max_iter);
            if (w->counts16 != NULL)
                w->counts16[at] = (uint16_t)n;
            else
                w->counts32[at] = n;
        }
    }
}

#else

/* Updates between two looks at whether any lane is left. A look costs about one update, and lanes
 * go on in vain for half of these on average. */
#define UPDATES_PER_LOOK 8

/* One vector of orbits. */
typedef struct orbits {
    gf_vec zr, zi, cr, ci;
    gf_counts n;
    gf_mask live;
} orbits;

/* One test and one update. Escaped lanes go on, but their count stands still. `stay_out` promises
 * that no lane comes back inside once it was out, which saves remembering who was.
 *
 * (p + p) + ci is computed as fma(2, p, ci): the bits are the same, for 2 p is exact short of
 * overflow, which |z|^2 < 4 excludes in a lane that still counts (and stay_out in the others). */
static inline void advance(orbits *o, bool stay_out) {
    const gf_vec a = gf_vec_mul(o->zr, o->zr);
    const gf_vec b = gf_vec_mul(o->zi, o->zi);
    const gf_vec p = gf_vec_mul(o->zr, o->zi);
    const gf_mask inside = gf_vec_less(gf_vec_add(a, b), gf_vec_set1(4));
    o->live = stay_out ? inside : gf_mask_and(o->live, inside);
    o->n = gf_counts_increment(o->n, o->live);
    o->zr = gf_vec_add(gf_vec_sub(a, b), o->cr);
    o->zi = gf_vec_fma(gf_vec_set1(2), p, o->ci);
}

/* Four vectors at a time, in separate variables so that they stay in registers. */
static inline void escape_counts(orbits group[BLOCK_ROWS], uint32_t max_iter, bool stay_out) {
    orbits o0 = group[0], o1 = group[1], o2 = group[2], o3 = group[3];
    uint32_t done = 0;
    while (done < max_iter) {
        const uint32_t updates = smaller(UPDATES_PER_LOOK, max_iter - done);
        for (uint32_t k = 0; k < updates; k++) {
            advance(&o0, stay_out);
            advance(&o1, stay_out);
            advance(&o2, stay_out);
            advance(&o3, stay_out);
        }
        done += updates;
        if (!gf_mask_any(gf_mask_or(gf_mask_or(o0.live, o1.live), gf_mask_or(o2.live, o3.live))))
            break;
    }
    group[0].n = o0.n;
    group[1].n = o1.n;
    group[2].n = o2.n;
    group[3].n = o3.n;
}

/* Whether orbits of this c never come back inside |z| < 2 once they are outside: |z'| >= |z|^2 -
 * |c| > 2 where |z| >= 2 and |c| < 2. The limit is |c| < 1.936, so that |z'| > 2.06: far more room
 * than rounding needs. Infinities stay, and NaNs compare as outside. */
static bool never_comes_back(gf_real cr, gf_real ci) {
    return cr * cr + ci * ci < (gf_real)3.75;
}

static void load_generated(const job *w, const block *b, uint32_t i, orbits group[BLOCK_ROWS]) {
    for (uint32_t j = 0; j < BLOCK_ROWS; j++) {
        group[j].zr = gf_vec_load(b->x + i);
        group[j].zi = gf_vec_set1(b->y[j]);
        group[j].cr = gf_vec_set1(w->c_re);
        group[j].ci = gf_vec_set1(w->c_im);
    }
}

/* Separates real and imaginary parts; returns whether no orbit ever comes back. */
static bool load_list(const job *w, const block *b, uint32_t i, orbits group[BLOCK_ROWS]) {
    bool stay_out = true;
    for (uint32_t j = 0; j < BLOCK_ROWS; j++) {
        gf_real zr[GF_LANES], zi[GF_LANES], cr[GF_LANES], ci[GF_LANES];
        for (uint32_t lane = 0; lane < GF_LANES; lane++) {
            const bool within = j < b->rows && i + lane < b->cols;
            const size_t at = within ? 2 * pixel_index(w, b->row + j, b->col + i + lane) : 0;
            zr[lane] = within ? w->zs[at] : OUTSIDE;
            zi[lane] = within ? w->zs[at + 1] : OUTSIDE;
            cr[lane] = within ? w->cs[at] : 0;
            ci[lane] = within ? w->cs[at + 1] : 0;
            stay_out = stay_out && never_comes_back(cr[lane], ci[lane]);
        }
        group[j].zr = gf_vec_load(zr);
        group[j].zi = gf_vec_load(zi);
        group[j].cr = gf_vec_load(cr);
        group[j].ci = gf_vec_load(ci);
    }
    return stay_out;
}

static void store_counts(const job *w, const block *b, uint32_t i, const orbits group[BLOCK_ROWS]) {
    const uint32_t lanes = smaller(GF_LANES, b->cols - i);
    for (uint32_t j = 0; j < b->rows; j++) {
        gf_lane n[GF_LANES];
        gf_counts_store(n, group[j].n);
        const size_t at = pixel_index(w, b->row + j, b->col + i);
        for (uint32_t lane = 0; lane < lanes; lane++) {
            if (w->counts16 != NULL)
                w->counts16[at + lane] = (uint16_t)n[lane];
            else
                w->counts32[at + lane] = (uint32_t)n[lane];
        }
    }
}

static void count_block(const job *w, const block *b) {
    const bool c_stays_out = never_comes_back(w->c_re, w->c_im);
    for (uint32_t i = 0; i < b->cols && !gf_cancelled(w->args); i += GF_LANES) {
        orbits group[BLOCK_ROWS];
        bool stay_out = c_stays_out;
        if (w->zs == NULL)
            load_generated(w, b, i, group);
        else
            stay_out = load_list(w, b, i, group);
        for (uint32_t j = 0; j < BLOCK_ROWS; j++) {
            group[j].n = gf_counts_set1(0);
            group[j].live = gf_mask_all();
        }
        if (stay_out)
            escape_counts(group, w->max_iter, true);
        else
            escape_counts(group, w->max_iter, false);
        store_counts(w, b, i, group);
    }
}

#endif

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
        .args = args,
    };
    if (w.max_iter <= UINT16_MAX)
        w.counts16 = args->buffers[args->buffer_count - 1];
    else
        w.counts32 = args->buffers[args->buffer_count - 1];
    return w;
}

uint32_t GF_KERNEL(julia)(const gf_kernel_args *args) {
    assert(args->buffer_count == 1 || args->buffer_count == 3);
    assert(args->thread_count >= 1);
    const job w = read_job(args);
    assert(w.width >= 1 && w.rows >= 1);
    const size_t across = ((size_t)w.width + BLOCK_COLS - 1) / BLOCK_COLS;
    const size_t down = ((size_t)w.rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
    const size_t blocks = across * down;
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)args->thread_count)
    for (size_t index = 0; index < blocks; index++) {
        if (gf_cancelled(args))
            continue; /* an OpenMP loop can't be left: the rest is run through without work */
        block b;      /* each pixel may take long, so the flag is read within a block too */
        set_block(&w, (uint32_t)(index / across) * BLOCK_ROWS,
                  (uint32_t)(index % across) * BLOCK_COLS, &b);
        count_block(&w, &b);
    }
    return 0;
}
