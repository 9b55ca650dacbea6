/* Stages 2 and 3 of the Julia kernel (julia.c): passes over the remaining points of a part. */
#pragma once

#include "julia/points.h"

/* Updates of stage 2, and between two tests of stage 3. */
#define SECOND_UPDATES 12
#define BLIND_UPDATES  16

/* A pass makes half as many updates as were made before it: the share of remaining points falls
 * like a power of the count at worst, so that few lanes idle for long. The least number outweighs
 * the cost of moving the points; the greatest takes a fraction of a millisecond, which is the time
 * to cancel. */
#define LEAST_PASS    32
#define GREATEST_PASS 4096

/* ---- Passes with a test before each update ----------------------------- */

/* The constant arguments of a tested pass. */
typedef struct tested_pass {
    const points *from;
    points *to;    /* gets the points that are still inside; NULL: they are dropped */
    orbits common; /* the picture's c */
    uint32_t updates;
    bool list, stay_out;
} tested_pass;

/* Updates the group of points at `at`; n_of: the updates that each point had before. */
static GF_ALWAYS_INLINE void test_group(workspace *s, const tested_pass *t, uint32_t at,
                                        const gf_counts n_of[TESTED_GROUP]) {
    orbits o[TESTED_GROUP];
    gf_mask live[TESTED_GROUP];
    gf_counts n[TESTED_GROUP];
    gf_lane numbers[TESTED_LANES];
    GF_EACH(v, TESTED_GROUP) {
        o[v] = load_orbits(t->from, at + v * GF_LANES, &t->common, t->list);
        live[v] = gf_mask_all();
        n[v] = n_of[v];
    }
    for (uint32_t k = 0; k < t->updates; k++)
        GF_EACH(v, TESTED_GROUP)
            test_and_update(&o[v], &live[v], &n[v], t->stay_out);
    GF_EACH(v, TESTED_GROUP)
        gf_counts_store(numbers + v * GF_LANES, n[v]);
    for (uint32_t k = 0; k < TESTED_LANES; k++)
        s->counts[t->from->pixel[at + k]] = (uint32_t)numbers[k];
    if (t->to == NULL)
        return;
    GF_EACH(v, TESTED_GROUP) {
        const gf_mask inside = is_inside(&o[v]);
        append(t->to, t->stay_out ? inside : gf_mask_and(live[v], inside), &o[v],
               gf_counts_load(t->from->pixel + at + v * GF_LANES), t->list);
    }
}

static GF_ALWAYS_INLINE void make_tested_pass(workspace *s, uint32_t updates, bool list,
                                              bool stay_out) {
    points *const p = &s->left;
    const uint32_t count = p->count;
    fill_group(p, TESTED_LANES);
    p->count = 0;
    gf_counts n[TESTED_GROUP];
    GF_EACH(v, TESTED_GROUP)
        n[v] = gf_counts_set1(s->done);
    const tested_pass t = {p, p, with_c_of(s->w), updates, list, stay_out};
    for (uint32_t at = 0; at < count && !gf_kernel_cancelled(s->w->args); at += TESTED_LANES)
        test_group(s, &t, at, n);
    s->done += updates;
}

/* Repeats the last updates of the lost points with a test before each. */
static GF_ALWAYS_INLINE void count_lost(workspace *s, bool list) {
    points *const p = &s->lost;
    const tested_pass t = {p, NULL, with_c_of(s->w), BLIND_UPDATES, list, true};
    fill_group(p, TESTED_LANES);
    for (uint32_t k = p->count; k < p->count + TESTED_LANES; k++)
        s->lost_n[k] = 0;
    for (uint32_t at = 0; at < p->count; at += TESTED_LANES) {
        gf_counts n[TESTED_GROUP];
        GF_EACH(v, TESTED_GROUP)
            n[v] = gf_counts_load(s->lost_n + at + v * GF_LANES);
        test_group(s, &t, at, n);
    }
    p->count = 0;
}

/* ---- Passes with few tests --------------------------------------------- */

/* Where the points of a group were at the last test that found them inside. */
typedef struct inside_state {
    gf_real zr[BLIND_LANES], zi[BLIND_LANES];
    gf_lane n[BLIND_LANES];
} inside_state;

/* Keeps a group whose points are all inside. */
static GF_ALWAYS_INLINE void keep_group(points *p, uint32_t at, const orbits o[BLIND_GROUP],
                                        bool list) {
    GF_EACH(v, BLIND_GROUP) {
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

/* Sorts the first `count` points of a group into the lists of remaining and of lost points. */
static GF_ALWAYS_INLINE void sort_group(workspace *s, uint32_t at, uint32_t count,
                                        const orbits o[BLIND_GROUP],
                                        const gf_mask live[BLIND_GROUP], const inside_state *last,
                                        bool list) {
    GF_EACH(v, BLIND_GROUP) {
        const gf_counts pixel = gf_counts_load(s->left.pixel + at + v * GF_LANES);
        append(&s->left, live[v], &o[v], pixel, list);
        const gf_mask valid = gf_mask_first(count < v * GF_LANES ? 0 : count - v * GF_LANES);
        const gf_mask out = gf_mask_and(valid, gf_mask_not(live[v]));
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
        count_lost(s, list);
}

static GF_ALWAYS_INLINE void remember_all(inside_state *last, const orbits o[BLIND_GROUP],
                                          gf_counts n) {
    GF_EACH(v, BLIND_GROUP) {
        gf_vec_store(last->zr + v * GF_LANES, o[v].zr);
        gf_vec_store(last->zi + v * GF_LANES, o[v].zi);
        gf_counts_store(last->n + v * GF_LANES, n);
    }
}

static GF_ALWAYS_INLINE void remember_live(inside_state *last, const orbits o[BLIND_GROUP],
                                           const gf_mask live[BLIND_GROUP], gf_counts n) {
    GF_EACH(v, BLIND_GROUP) {
        gf_vec_store_where(last->zr + v * GF_LANES, live[v], o[v].zr);
        gf_vec_store_where(last->zi + v * GF_LANES, live[v], o[v].zi);
        gf_counts_store_where(last->n + v * GF_LANES, live[v], n);
    }
}

static GF_ALWAYS_INLINE bool all_live(const gf_mask live[BLIND_GROUP]) {
    gf_mask every = live[0];
    GF_EACH(v, BLIND_GROUP)
        every = gf_mask_and(every, live[v]);
    return !gf_mask_any(gf_mask_not(every));
}

/* The same points, in registers of which the compiler knows nothing where there are few: gcc would
 * otherwise carry the squares from the test into the next updates, and spill. */
static GF_ALWAYS_INLINE orbits without_known_squares(orbits o) {
    if (GF_VEC_REGISTERS < 32) {
        o.zr = gf_vec_opaque(o.zr);
        o.zi = gf_vec_opaque(o.zi);
    }
    return o;
}

/* `balanced`: every other vector doubles by an addition. Some processors add in two units and
 * multiply in two others; an update adds twice and keeps the others busy with four operations, or
 * adds four times beside three. */
static GF_ALWAYS_INLINE void update_blindly(orbits o[BLIND_GROUP], gf_mask live[BLIND_GROUP],
                                            uint32_t updates, inside_state *last, gf_counts n,
                                            bool balanced) {
#pragma GCC unroll 4
    for (uint32_t k = 0; k < updates; k++)
        GF_EACH(v, BLIND_GROUP)
            update(&o[v], balanced && v % 2 == 1);
    GF_EACH(v, BLIND_GROUP) {
        const orbits now = without_known_squares(o[v]);
        live[v] = is_inside(&now);
    }
    if (!GF_CHEAP_STORE_WHERE && all_live(live))
        remember_all(last, o, n);
    else
        remember_live(last, o, live, n);
}

static GF_ALWAYS_INLINE void make_blind_pass(workspace *s, uint32_t updates, bool list,
                                             bool balanced) {
    points *const p = &s->left;
    const uint32_t count = p->count;
    fill_group(p, BLIND_LANES);
    p->count = 0;
    const orbits common = with_c_of(s->w);
    for (uint32_t at = 0; at < count && !gf_kernel_cancelled(s->w->args); at += BLIND_LANES) {
        orbits o[BLIND_GROUP];
        gf_mask live[BLIND_GROUP];
        inside_state last;
        GF_EACH(v, BLIND_GROUP) {
            o[v] = load_orbits(p, at + v * GF_LANES, &common, list);
            live[v] = gf_mask_all();
        }
        remember_all(&last, o, gf_counts_set1(s->done));
        for (uint32_t done = 0; done < updates;) {
            const uint32_t more = gf_smaller_u32(BLIND_UPDATES, updates - done);
            done += more;
            update_blindly(o, live, more, &last, gf_counts_set1(s->done + done), balanced);
        }
        if (all_live(live))
            keep_group(p, at, o, list);
        else
            sort_group(s, at, count - at, o, live, &last, list);
    }
    s->done += updates;
}

/* ---- Both stages ------------------------------------------------------- */

/* Updates of the next pass of stage 3 when `rest` are still to be made. */
static uint32_t pass_updates(uint32_t done, uint32_t rest) {
    const uint32_t half = done / 2 / BLIND_UPDATES * BLIND_UPDATES;
    const uint32_t updates = half < LEAST_PASS ? LEAST_PASS : gf_smaller_u32(half, GREATEST_PASS);
    return rest < updates + LEAST_PASS ? rest : updates;
}

static GF_ALWAYS_INLINE void finish_points(workspace *s, bool list, bool stay_out) {
    const uint32_t max_iter = s->w->max_iter;
    if (s->done < max_iter)
        make_tested_pass(s, gf_smaller_u32(SECOND_UPDATES, max_iter - s->done), list, stay_out);
    while (s->left.count > 0 && s->done < max_iter && !gf_kernel_cancelled(s->w->args)) {
        const uint32_t updates = pass_updates(s->done, max_iter - s->done);
        if (stay_out && s->w->balanced)
            make_blind_pass(s, updates, list, true);
        else if (stay_out)
            make_blind_pass(s, updates, list, false);
        else
            make_tested_pass(s, updates, list, false);
    }
    count_lost(s, list);
    for (uint32_t k = 0; k < s->left.count; k++)
        s->counts[s->left.pixel[k]] = max_iter;
}
