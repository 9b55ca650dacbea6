/* Points of the Julia kernel in vectors: their updates, and lists of them that are kept dense. */
#pragma once

#include "julia/picture.h"
#include "simd.h"

/* Vectors in flight. The chain of an update is multiply, subtract, add: 10 to 12 cycles for 6
 * instructions, of which 2 or 3 are done in a cycle: 4 to 6 vectors. The registers limit them, too:
 * a vector of points takes two, with a test three; some hold constants and intermediate values. */
#if GF_VEC_REGISTERS >= 32
#define BLIND_GROUP  6
#define TESTED_GROUP 6
#else
#define BLIND_GROUP  5
#define TESTED_GROUP 3
#endif
#define BLIND_LANES  (BLIND_GROUP * GF_LANES)
#define TESTED_LANES (TESTED_GROUP * GF_LANES)

#define PART_ROOM (PART_POINTS + BLIND_LANES)
#define LOST_ROOM (3 * BLIND_LANES)

/* A coordinate with |z|^2 >= 4 from the start, for points that fill up the last vectors. */
#define OUTSIDE 4

/* A list of points. Arrays have room for a whole group beyond `count`. */
typedef struct points {
    uint32_t count;
    gf_real *zr, *zi;
    gf_real *cr, *ci; /* of input lists only */
    gf_lane *pixel;   /* the index of each point in `counts` */
} points;

/* What a thread needs for a part. */
typedef struct workspace {
    const job *w;
    bool stay_out; /* no point comes back inside */
    uint32_t stride;
    uint32_t done;   /* updates made of the points in `left` */
    points left;     /* not yet found outside */
    points lost;     /* outside by the next test, */
    gf_lane *lost_n; /* inside after this many updates */
    gf_real left_reals[4][PART_ROOM];
    gf_lane left_pixels[PART_ROOM];
    gf_real lost_reals[4][LOST_ROOM];
    gf_lane lost_lanes[2][LOST_ROOM];
    uint32_t counts[PART_ROOM]; /* row by row; no point has SPARE */
} workspace;

#define SPARE (PART_ROOM - 1)

/* ---- Updates ----------------------------------------------------------- */

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

static GF_ALWAYS_INLINE gf_mask is_inside(const orbits *o) {
    const gf_vec a = gf_vec_mul(o->zr, o->zr);
    const gf_vec b = gf_vec_mul(o->zi, o->zi);
    return gf_vec_less(gf_vec_add(a, b), gf_vec_set1(4));
}

/* fma(2, p, ci) has the bits of (p + p) + ci, because 2 p is exact unless it overflows. That takes
 * |z|^2 >= 4: such a point counts no more, and where none comes back it stays outside. `doubled`:
 * p + p is computed, which is one operation more, but none of the units that multiply. */
static GF_ALWAYS_INLINE void update(orbits *o, bool doubled) {
    const gf_vec a = gf_vec_mul(o->zr, o->zr);
    const gf_vec b = gf_vec_mul(o->zi, o->zi);
    const gf_vec p = gf_vec_mul(o->zr, o->zi);
    o->zr = gf_vec_add(gf_vec_sub(a, b), o->cr);
    o->zi = doubled ? gf_vec_add(gf_vec_add(p, p), o->ci) : gf_vec_fma(gf_vec_set1(2), p, o->ci);
}

/* One test and one update. Points outside are updated too, but their count stands still. */
static GF_ALWAYS_INLINE void test_and_update(orbits *o, gf_mask *live, gf_counts *n,
                                             bool stay_out) {
    const gf_mask inside = is_inside(o);
    *live = stay_out ? inside : gf_mask_and(*live, inside);
    *n = gf_counts_increment(*n, *live);
    update(o, false);
}

/* Points at 0 with the picture's c. */
static GF_ALWAYS_INLINE orbits with_c_of(const job *w) {
    const orbits o = {gf_vec_set1(0), gf_vec_set1(0), gf_vec_set1(w->c_re), gf_vec_set1(w->c_im)};
    return o;
}

/* ---- Lists ------------------------------------------------------------- */

/* `common` has the picture's c, for points without one of their own. */
static GF_ALWAYS_INLINE orbits load_orbits(const points *p, uint32_t at, const orbits *common,
                                           bool list) {
    orbits o = *common;
    o.zr = gf_vec_load(p->zr + at);
    o.zi = gf_vec_load(p->zi + at);
    if (list) {
        o.cr = gf_vec_load(p->cr + at);
        o.ci = gf_vec_load(p->ci + at);
    }
    return o;
}

static GF_ALWAYS_INLINE void append(points *p, gf_mask which, const orbits *o, gf_counts pixel,
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

/* Fills the last group with points that are outside and belong to no pixel. */
static void fill_group(points *p, uint32_t lanes) {
    for (uint32_t k = p->count; k < p->count + lanes; k++) {
        p->zr[k] = OUTSIDE;
        p->zi[k] = OUTSIDE;
        p->cr[k] = 0;
        p->ci[k] = 0;
        p->pixel[k] = SPARE;
    }
}
