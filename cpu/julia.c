/* Escape times of z = z^2 + c, whose arithmetic julia_scalar.c defines, with vectors.
 *
 * Neighbours' counts differ widely. Of the default picture's points a half is outside after two
 * updates, 5 of 6 are after eight, and 1 of 10 stays for ever, which makes 9 of 10 updates. So a
 * part's points are taken through stages, and after each one the remaining points are moved
 * together: vectors are always full, whatever the picture looks like.
 *
 *   1. FIRST_UPDATES of all points, each with a test
 *   2. SECOND_UPDATES of the remaining points, each with a test
 *   3. passes over the remaining points, of more and more updates, with a test after BLIND_UPDATES
 *      only. If a point is then outside, the updates since the test before are repeated later with
 *      a test each, together with other such points.
 *
 * Stage 3 needs that no point comes back inside once it was outside; otherwise its passes test
 * before each update too.
 */
#include "julia/passes.h"

#define FIRST_UPDATES 4

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

static GF_ALWAYS_INLINE void start_row(workspace *s, const row_points *r, gf_real y, uint32_t j,
                                       bool list, bool stay_out) {
    const uint32_t updates = gf_smaller_u32(FIRST_UPDATES, s->w->max_iter);
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
    s.left = (points){
        0, s.left_reals[0], s.left_reals[1], s.left_reals[2], s.left_reals[3], s.left_pixels};
    s.lost = (points){
        0, s.lost_reals[0], s.lost_reals[1], s.lost_reals[2], s.lost_reals[3], s.lost_lanes[1]};
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

uint32_t GF_KERNEL(julia)(const gf_kernel_args *args) {
    return count_picture(args, count_part);
}
