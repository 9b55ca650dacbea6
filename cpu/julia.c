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

#if !GF_TARGET_SCALAR
#include "simd.h"
#endif

/* The picture is cut into parts, which threads take one by one: a few tens of microseconds of work
 * each where nothing escapes (4096 points x 300 updates at 2 to 5 a nanosecond), so that taking one
 * costs nothing, and coordinates of columns are shared by many rows. */
#define PART_COLS   256
#define PART_POINTS 4096

/* A thread gets this many parts at least, so that the others wait for the last one for 1/32 of the
 * time at most, unless parts would become smaller than the vector code can fill vectors from. */
#define PARTS_PER_THREAD 32
#define SMALLEST_PART    512

typedef struct job {
    double x1, x_extent, y2, y_extent, x_step, y_step;
    gf_real c_re, c_im;
    uint32_t width, height, first_row, rows, max_iter;
    const gf_real *zs, *cs; /* both NULL: generated inputs */
    uint16_t *counts16;     /* one of the two is NULL */
    uint32_t *counts32;
    const gf_kernel_args *args; /* for the cancel flag */
} job;

/* A rectangle of the picture. */
typedef struct part {
    uint32_t row, rows, col, cols;
} part;

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

static size_t pixel_index(const job *w, uint32_t row, uint32_t col) {
    return (size_t)row * w->width + col;
}

#if GF_TARGET_SCALAR

static void set_count(const job *w, size_t at, uint32_t n) {
    if (w->counts16 != NULL)
        w->counts16[at] = (uint16_t)n;
    else
        w->counts32[at] = n;
}

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

static void count_part(const job *w, const part *b) {
    gf_real x[PART_COLS];
    for (uint32_t i = 0; i < b->cols; i++)
        x[i] = w->zs == NULL ? column_x(w, b->col + i) : 0;
    for (uint32_t j = 0; j < b->rows; j++) {
        const gf_real y = row_y(w, b->row + j);
        for (uint32_t i = 0; i < b->cols && !gf_kernel_cancelled(w->args); i++) {
            const size_t at = pixel_index(w, b->row + j, b->col + i);
            uint32_t n;
            if (w->zs == NULL)
                n = escape_count(x[i], y, w->c_re, w->c_im, w->max_iter);
            else
                n = escape_count(w->zs[2 * at], w->zs[2 * at + 1], w->cs[2 * at], w->cs[2 * at + 1],
                                 w->max_iter);
            set_count(w, at, n);
        }
    }
}

#else

/* Neighbours' counts differ widely. Of the default picture's points a half is outside after two
 * updates, 5 of 6 are after eight, and 1 of 10 stays for ever, which makes 9 of 10 updates. So a
 * part's points are taken through stages, and after each one those that are left are moved
 * together: vectors are always full, whatever the picture looks like.
 *
 *   1. FIRST_UPDATES of all points, each with a test
 *   2. SECOND_UPDATES of those that are left, each with a test
 *   3. passes over those that are left, of more and more updates, with a test after BLIND_UPDATES
 *      only. For a point that is outside by then, the updates since the test before are repeated
 *      with a test each, later, together with others like it.
 *
 * Stage 3 needs that no point comes back inside once it was outside; otherwise its passes test
 * before each update too. */
#define FIRST_UPDATES  4
#define SECOND_UPDATES 12
#define BLIND_UPDATES  16

/* A pass makes half as many updates as were made before it: the shares of points that are left
 * fall like a power of the count at worst, so that few lanes idle for long. The least number
 * outweighs moving the points; the greatest is a fraction of a millisecond: the time to cancel. */
#define LEAST_PASS     32
#define GREATEST_PASS  4096

/* A point with |z|^2 >= 4 from the start: it fills vectors up. */
#define OUTSIDE        4

/* Vectors in flight. The chain of an update is multiply, subtract, add: 10 to 12 cycles for 6
 * instructions, of which 2 or 3 are done in a cycle: 4 to 6 vectors, and what the registers hold
 * (two of each vector, with a test three, and some for constants and what is in the making). */
#if GF_VEC_REGISTERS >= 32
#define BLIND_GROUP  6
#define TESTED_GROUP 6
#else
#define BLIND_GROUP  5
#define TESTED_GROUP 3
#endif
#define BLIND_LANES    (BLIND_GROUP * GF_LANES)
#define TESTED_LANES   (TESTED_GROUP * GF_LANES)

/* For each vector of a group. Unrolled, so that vectors stay in registers. */
#define EACH(v, group) _Pragma("GCC unroll 8") for (uint32_t v = 0; v < (group); v++)

#define PART_ROOM     (PART_POINTS + BLIND_LANES)
#define LOST_ROOM     (3 * BLIND_LANES)

/* What is inlined must be: constant arguments (`list`, `stay_out`) make the variants. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* Points under way. Arrays have room for a whole group beyond `count`. */
typedef struct points {
    uint32_t count;
    gf_real *zr, *zi;
    gf_real *cr, *ci; /* of lists only */
    gf_lane *pixel;   /* whose they are: an index of `counts` */
} points;

/* What a thread needs for a part. */
typedef struct workspace {
    const job *w;
    bool stay_out; /* no point comes back inside */
    uint32_t stride;
    uint32_t done;     /* updates of those left */
    points left, lost; /* lost: outside by the next test, */
    gf_lane *lost_n;   /* inside after so many updates */
    gf_real left_reals[4][PART_ROOM];
    gf_lane left_pixels[PART_ROOM];
    gf_real lost_reals[4][LOST_ROOM];
    gf_lane lost_lanes[2][LOST_ROOM];
    uint32_t counts[PART_ROOM]; /* row by row; SPARE is no point's */
} workspace;

#define SPARE (PART_ROOM - 1)

/* Whether orbits of this c never come back inside |z| < 2 once they are outside: |z'| >= |z|^2 -
 * |c| > 2 where |z| >= 2 and |c| < 2. The limit is |c| < 1.936, so that |z'| > 2.06: far more room
 * than rounding needs. Infinities stay, and NaNs compare as outside. */
static bool never_comes_back(gf_real cr, gf_real ci) {
    return cr * cr + ci * ci < (gf_real)3.75;
}

/* One vector of points. */
typedef struct orbits {
    gf_vec zr, zi, cr, ci;
} orbits;

static ALWAYS_INLINE gf_mask is_inside(const orbits *o) {
    const gf_vec a = gf_vec_mul(o->zr, o->zr);
    const gf_vec b = gf_vec_mul(o->zi, o->zi);
    return gf_vec_less(gf_vec_add(a, b), gf_vec_set1(4));
}

/* (p + p) + ci is computed as fma(2, p, ci): the bits are the same, for 2 p is exact short of
 * overflow, which |z|^2 < 4 excludes in a point that still counts, and which leaves the others
 * outside where none comes back. */
static ALWAYS_INLINE void update(orbits *o) {
    const gf_vec a = gf_vec_mul(o->zr, o->zr);
    const gf_vec b = gf_vec_mul(o->zi, o->zi);
    const gf_vec p = gf_vec_mul(o->zr, o->zi);
    o->zr = gf_vec_add(gf_vec_sub(a, b), o->cr);
    o->zi = gf_vec_fma(gf_vec_set1(2), p, o->ci);
}

/* One test and one update. Points that are outside go on, but their count stands still. */
static ALWAYS_INLINE void test_and_update(orbits *o, gf_mask *live, gf_counts *n, bool stay_out) {
    const gf_mask inside = is_inside(o);
    *live = stay_out ? inside : gf_mask_and(*live, inside);
    *n = gf_counts_increment(*n, *live);
    update(o);
}

/* The same points; but where registers are few, nothing computed from them is kept for what is
 * computed before: gcc would otherwise carry squares from the test into the loop, and spill. */
static ALWAYS_INLINE orbits apart(orbits o) {
    if (GF_VEC_REGISTERS < 32) {
        o.zr = gf_vec_opaque(o.zr);
        o.zi = gf_vec_opaque(o.zi);
    }
    return o;
}

/* Points at 0 with the picture's c. */
static ALWAYS_INLINE orbits with_c_of(const job *w) {
    const orbits o = {gf_vec_set1(0), gf_vec_set1(0), gf_vec_set1(w->c_re), gf_vec_set1(w->c_im)};
    return o;
}

/* ---- Lists of points --------------------------------------------------- */

static ALWAYS_INLINE orbits load_orbits(const points *p, uint32_t at, const orbits *all,
                                        bool list) {
    orbits o = *all;
    o.zr = gf_vec_load(p->zr + at);
    o.zi = gf_vec_load(p->zi + at);
    if (list) {
        o.cr = gf_vec_load(p->cr + at);
        o.ci = gf_vec_load(p->ci + at);
    }
    return o;
}

static ALWAYS_INLINE void append(points *p, gf_mask which, const orbits *o, gf_counts pixel,
                                 bool list) {
    gf_vec_compress(p->zr + p->count, which, o->zr);
    gf_vec_compress(p->zi + p->count, which, o->zi);
    if (list) {
        gf_vec_compress(p->cr + p->count, which, o->cr);
        gf_vec_compress(p->ci + p->count, which, o->ci);
    }
    gf_counts_compress(p->pixel + p->count, which, pixel);
    p->count += gf_mask_count(which);
}

/* Fills the last group with points that are outside and nobody's. */
static void fill_group(points *p, uint32_t lanes) {
    for (uint32_t k = p->count; k < p->count + lanes; k++) {
        p->zr[k] = OUTSIDE;
        p->zi[k] = OUTSIDE;
        p->cr[k] = 0;
        p->ci[k] = 0;
        p->pixel[k] = SPARE;
    }
}

/* ---- Stages 2 and 3 ---------------------------------------------------- */

/* One group of points, `n` of which say how many updates were made, gets more with a test each.
 * Those that are left go to the end of `to`, if there is one. */
static ALWAYS_INLINE void test_group(workspace *s, const points *from, uint32_t at,
                                     const gf_counts *n_of, const orbits all, uint32_t updates,
                                     points *to, bool list, bool stay_out) {
    orbits o[TESTED_GROUP];
    gf_mask live[TESTED_GROUP];
    gf_counts n[TESTED_GROUP];
    gf_lane numbers[TESTED_LANES];
    EACH(v, TESTED_GROUP) {
        o[v] = load_orbits(from, at + v * GF_LANES, &all, list);
        live[v] = gf_mask_all();
        n[v] = n_of[v];
    }
    for (uint32_t k = 0; k < updates; k++)
        EACH(v, TESTED_GROUP) test_and_update(&o[v], &live[v], &n[v], stay_out);
    EACH(v, TESTED_GROUP) gf_counts_store(numbers + v * GF_LANES, n[v]);
    for (uint32_t k = 0; k < TESTED_LANES; k++)
        s->counts[from->pixel[at + k]] = (uint32_t)numbers[k];
    if (to == NULL)
        return;
    EACH(v, TESTED_GROUP) {
        const gf_mask inside = is_inside(&o[v]);
        append(to, stay_out ? inside : gf_mask_and(live[v], inside), &o[v],
               gf_counts_load(from->pixel + at + v * GF_LANES), list);
    }
}

static ALWAYS_INLINE void tested_pass(workspace *s, uint32_t updates, bool list, bool stay_out) {
    points *const p = &s->left;
    const uint32_t count = p->count;
    fill_group(p, TESTED_LANES);
    p->count = 0;
    gf_counts n[TESTED_GROUP];
    EACH(v, TESTED_GROUP) n[v] = gf_counts_set1(s->done);
    const orbits all = with_c_of(s->w);
    for (uint32_t at = 0; at < count && !gf_kernel_cancelled(s->w->args); at += TESTED_LANES)
        test_group(s, p, at, n, all, updates, p, list, stay_out);
    s->done += updates;
}

/* Repeats the last updates of the lost with a test each. */
static ALWAYS_INLINE void settle_lost(workspace *s, bool list) {
    points *const p = &s->lost;
    const orbits all = with_c_of(s->w);
    fill_group(p, TESTED_LANES);
    for (uint32_t k = p->count; k < p->count + TESTED_LANES; k++)
        s->lost_n[k] = 0;
    for (uint32_t at = 0; at < p->count; at += TESTED_LANES) {
        gf_counts n[TESTED_GROUP];
        EACH(v, TESTED_GROUP) n[v] = gf_counts_load(s->lost_n + at + v * GF_LANES);
        test_group(s, p, at, n, all, BLIND_UPDATES, NULL, list, true);
    }
    p->count = 0;
}

/* Where the points of a group were at the last test that found them inside. */
typedef struct inside_state {
    gf_real zr[BLIND_LANES], zi[BLIND_LANES];
    gf_lane n[BLIND_LANES];
} inside_state;

/* Moves a group's points, all of them inside, to the list of those left. */
static ALWAYS_INLINE void keep_group(points *p, uint32_t at, const orbits o[BLIND_GROUP],
                                     bool list) {
    EACH(v, BLIND_GROUP) {
        gf_vec_store(p->zr + p->count, o[v].zr);
        gf_vec_store(p->zi + p->count, o[v].zi);
        if (list) {
            gf_vec_store(p->cr + p->count, o[v].cr);
            gf_vec_store(p->ci + p->count, o[v].ci);
        }
        gf_counts_store(p->pixel + p->count, gf_counts_load(p->pixel + at + v * GF_LANES));
        p->count += GF_LANES;
    }
}

/* Moves a group's points, of which the first `count` are some, to the lists of those left and of
 * the lost. */
static ALWAYS_INLINE void sort_group(workspace *s, uint32_t at, uint32_t count,
                                     const orbits o[BLIND_GROUP], const gf_mask live[BLIND_GROUP],
                                     const inside_state *last, bool list) {
    EACH(v, BLIND_GROUP) {
        const gf_counts pixel = gf_counts_load(s->left.pixel + at + v * GF_LANES);
        append(&s->left, live[v], &o[v], pixel, list);
        const gf_mask some = gf_mask_first(count < v * GF_LANES ? 0 : count - v * GF_LANES);
        const gf_mask out = gf_mask_and(some, gf_mask_not(live[v]));
        if (gf_mask_any(out)) {
            orbits before = o[v];
            before.zr = gf_vec_load(last->zr + v * GF_LANES);
            before.zi = gf_vec_load(last->zi + v * GF_LANES);
            gf_counts_compress(s->lost_n + s->lost.count, out,
                               gf_counts_load(last->n + v * GF_LANES));
            append(&s->lost, out, &before, pixel, list);
        }
    }
    if (s->lost.count >= BLIND_LANES)
        settle_lost(s, list);
}

static ALWAYS_INLINE void remember_all(inside_state *last, const orbits o[BLIND_GROUP],
                                       gf_counts n) {
    EACH(v, BLIND_GROUP) {
        gf_vec_store(last->zr + v * GF_LANES, o[v].zr);
        gf_vec_store(last->zi + v * GF_LANES, o[v].zi);
        gf_counts_store(last->n + v * GF_LANES, n);
    }
}

static ALWAYS_INLINE void remember(inside_state *last, const orbits o[BLIND_GROUP],
                                   const gf_mask live[BLIND_GROUP], gf_counts n) {
    EACH(v, BLIND_GROUP) {
        gf_vec_store_where(last->zr + v * GF_LANES, live[v], o[v].zr);
        gf_vec_store_where(last->zi + v * GF_LANES, live[v], o[v].zi);
        gf_counts_store_where(last->n + v * GF_LANES, live[v], n);
    }
}

static ALWAYS_INLINE bool all_live(const gf_mask live[BLIND_GROUP]) {
    gf_mask every = live[0];
    EACH(v, BLIND_GROUP) every = gf_mask_and(every, live[v]);
    return !gf_mask_any(gf_mask_not(every));
}

static ALWAYS_INLINE void update_blindly(orbits o[BLIND_GROUP], gf_mask live[BLIND_GROUP],
                                         uint32_t updates, inside_state *last, gf_counts n) {
    _Pragma("GCC unroll 4") for (uint32_t k = 0; k < updates; k++) EACH(v, BLIND_GROUP)
        update(&o[v]);
    EACH(v, BLIND_GROUP) {
        const orbits now = apart(o[v]);
        live[v] = is_inside(&now);
    }
    if (!GF_CHEAP_STORE_WHERE && all_live(live))
        remember_all(last, o, n);
    else
        remember(last, o, live, n);
}

static ALWAYS_INLINE void blind_pass(workspace *s, uint32_t updates, bool list) {
    points *const p = &s->left;
    const uint32_t count = p->count;
    fill_group(p, BLIND_LANES);
    p->count = 0;
    const orbits all = with_c_of(s->w);
    for (uint32_t at = 0; at < count && !gf_kernel_cancelled(s->w->args); at += BLIND_LANES) {
        orbits o[BLIND_GROUP];
        gf_mask live[BLIND_GROUP];
        inside_state last;
        EACH(v, BLIND_GROUP) {
            o[v] = load_orbits(p, at + v * GF_LANES, &all, list);
            live[v] = gf_mask_all();
        }
        remember_all(&last, o, gf_counts_set1(s->done));
        for (uint32_t done = 0; done < updates;) {
            const uint32_t more = smaller(BLIND_UPDATES, updates - done);
            done += more;
            update_blindly(o, live, more, &last, gf_counts_set1(s->done + done));
        }
        if (all_live(live))
            keep_group(p, at, o, list);
        else
            sort_group(s, at, count - at, o, live, &last, list);
    }
    s->done += updates;
}

/* Updates of the next pass of stage 3, of those that are to be made. */
static uint32_t pass_updates(uint32_t done, uint32_t rest) {
    const uint32_t half = done / 2 / BLIND_UPDATES * BLIND_UPDATES;
    const uint32_t updates = half < LEAST_PASS ? LEAST_PASS : smaller(half, GREATEST_PASS);
    return rest < updates + LEAST_PASS ? rest : updates;
}

static ALWAYS_INLINE void finish_points(workspace *s, bool list, bool stay_out) {
    const uint32_t max_iter = s->w->max_iter;
    if (s->done < max_iter)
        tested_pass(s, smaller(SECOND_UPDATES, max_iter - s->done), list, stay_out);
    while (s->left.count > 0 && s->done < max_iter && !gf_kernel_cancelled(s->w->args)) {
        const uint32_t updates = pass_updates(s->done, max_iter - s->done);
        if (stay_out)
            blind_pass(s, updates, list);
        else
            tested_pass(s, updates, list, false);
    }
    settle_lost(s, list);
    for (uint32_t k = 0; k < s->left.count; k++)
        s->counts[s->left.pixel[k]] = max_iter;
}

/* ---- Stage 1 ----------------------------------------------------------- */

/* The points of a part's row. */
typedef struct row_points {
    gf_real zr[PART_COLS], zi[PART_COLS], cr[PART_COLS], ci[PART_COLS];
} row_points;

static void set_columns(const job *w, const part *b, uint32_t stride, row_points *r) {
    for (uint32_t i = 0; i < stride; i++)
        r->zr[i] = i < b->cols ? column_x(w, b->col + i) : OUTSIDE;
}

/* Separates real and imaginary parts; returns whether no orbit ever comes back. */
static bool load_row(const job *w, const part *b, uint32_t j, uint32_t stride, row_points *r) {
    const size_t at = pixel_index(w, b->row + j, b->col);
    const gf_real *const zs = w->zs + 2 * at, *const cs = w->cs + 2 * at;
    bool stay_out = true;
    for (uint32_t i = 0; i < b->cols; i++) {
        r->zr[i] = zs[2 * i];
        r->zi[i] = zs[2 * i + 1];
        r->cr[i] = cs[2 * i];
        r->ci[i] = cs[2 * i + 1];
        stay_out = stay_out && never_comes_back(r->cr[i], r->ci[i]);
    }
    for (uint32_t i = b->cols; i < stride; i++) {
        r->zr[i] = OUTSIDE;
        r->zi[i] = OUTSIDE;
        r->cr[i] = 0;
        r->ci[i] = 0;
    }
    return stay_out;
}

static ALWAYS_INLINE void start_row(workspace *s, const row_points *r, gf_real y, uint32_t j,
                                    bool list, bool stay_out) {
    const uint32_t updates = smaller(FIRST_UPDATES, s->w->max_iter);
    points left = s->left; /* a copy, which stays in registers */
    gf_lane numbers[GF_LANES];
    for (uint32_t lane = 0; lane < GF_LANES; lane++)
        numbers[lane] = j * s->stride + lane;
    gf_counts pixel = gf_counts_load(numbers);
    for (uint32_t i = 0; i < s->stride; i += GF_LANES) {
        orbits o;
        o.zr = gf_vec_load(r->zr + i);
        o.zi = list ? gf_vec_load(r->zi + i) : gf_vec_set1(y);
        o.cr = list ? gf_vec_load(r->cr + i) : gf_vec_set1(s->w->c_re);
        o.ci = list ? gf_vec_load(r->ci + i) : gf_vec_set1(s->w->c_im);
        gf_mask live = gf_mask_all();
        gf_counts n = gf_counts_set1(0);
        for (uint32_t k = 0; k < updates; k++)
            test_and_update(&o, &live, &n, stay_out);
        const gf_mask inside = is_inside(&o);
        live = stay_out ? inside : gf_mask_and(live, inside);
        gf_counts_store_u32(s->counts + (size_t)j * s->stride + i, n);
        append(&left, live, &o, pixel, list);
        pixel = gf_counts_add(pixel, gf_counts_set1(GF_LANES));
    }
    s->left = left;
    s->done = updates;
}

static void start_points(workspace *s, const part *b) {
    const job *const w = s->w;
    const bool list = w->zs != NULL;
    row_points r;
    s->stay_out = list || never_comes_back(w->c_re, w->c_im);
    if (!list)
        set_columns(w, b, s->stride, &r);
    for (uint32_t j = 0; j < b->rows && !gf_kernel_cancelled(w->args); j++) {
        const bool stay_out = list ? load_row(w, b, j, s->stride, &r) : s->stay_out;
        s->stay_out = s->stay_out && stay_out;
        const gf_real y = list ? 0 : row_y(w, b->row + j);
        if (list)
            start_row(s, &r, y, j, true, false);
        else if (stay_out)
            start_row(s, &r, y, j, false, true);
        else
            start_row(s, &r, y, j, false, false);
    }
}

static void store_counts(const job *w, const part *b, uint32_t stride, const uint32_t *counts) {
    for (uint32_t j = 0; j < b->rows; j++) {
        const size_t at = pixel_index(w, b->row + j, b->col);
        const uint32_t *const from = counts + (size_t)j * stride;
        if (w->counts16 != NULL) {
            for (uint32_t i = 0; i < b->cols; i++)
                w->counts16[at + i] = (uint16_t)from[i];
        } else {
            memcpy(w->counts32 + at, from, b->cols * sizeof *from);
        }
    }
}

static void count_part(const job *w, const part *b) {
    workspace s;
    s.w = w;
    s.done = 0;
    s.stride = (b->cols + GF_LANES - 1) / GF_LANES * GF_LANES;
    s.left = (points){.zr = s.left_reals[0],
                      .zi = s.left_reals[1],
                      .cr = s.left_reals[2],
                      .ci = s.left_reals[3],
                      .pixel = s.left_pixels};
    s.lost = (points){.zr = s.lost_reals[0],
                      .zi = s.lost_reals[1],
                      .cr = s.lost_reals[2],
                      .ci = s.lost_reals[3],
                      .pixel = s.lost_lanes[1]};
    s.lost_n = s.lost_lanes[0];
    start_points(&s, b);
    if (w->zs != NULL) {
        if (s.stay_out)
            finish_points(&s, true, true);
        else
            finish_points(&s, true, false);
    } else {
        if (s.stay_out)
            finish_points(&s, false, true);
        else
            finish_points(&s, false, false);
    }
    store_counts(w, b, s.stride, s.counts);
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

/* How many rows a part has. */
static uint32_t rows_of_parts(const job *w, uint32_t thread_count) {
    const uint32_t cols = (smaller(w->width, PART_COLS) + 15) / 16 * 16;
    const size_t share = (size_t)w->width * w->rows / thread_count / PARTS_PER_THREAD;
    const size_t size = share < SMALLEST_PART ? SMALLEST_PART
                        : share > PART_POINTS ? PART_POINTS
                                              : share;
    return smaller(w->rows, (uint32_t)(size / cols));
}

uint32_t GF_KERNEL(julia)(const gf_kernel_args *args) {
    assert(args->buffer_count == 1 || args->buffer_count == 3);
    assert(args->thread_count >= 1);
    const job w = read_job(args);
    assert(w.width >= 1 && w.rows >= 1);
    const uint32_t rows = rows_of_parts(&w, args->thread_count);
    const size_t across = ((size_t)w.width + PART_COLS - 1) / PART_COLS;
    const size_t down = ((size_t)w.rows + rows - 1) / rows;
    const size_t parts = across * down;
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)args->thread_count)
    for (size_t index = 0; index < parts; index++) {
        if (gf_kernel_cancelled(args))
            continue; /* an OpenMP loop can't be left: the rest is run through without work */
        part b;       /* each point may take long, so the flag is read within a part too */
        b.row = (uint32_t)(index / across) * rows;
        b.col = (uint32_t)(index % across) * PART_COLS;
        b.rows = smaller(rows, w.rows - b.row);
        b.cols = smaller(PART_COLS, w.width - b.col);
        count_part(&w, &b);
    }
    return 0;
}
