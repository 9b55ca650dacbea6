/* Julia set, escape time: for each pixel z of a grid, how often z = z^2 + c can be applied before
 * |z|^2 >= 4, at most max_iter times.
 *
 * Further definitions, from the plan of host/workloads/julia.c:
 *   GF_COUNT        ushort or uint: the type of a count
 *   GF_INPUT_LIST   1: z and c of each pixel come in buffers; 0: z is computed, c is one scalar
 *   GF_UNROLL       unrolled: iterations between two tests
 *   GF_TILE_ROWS    vector: rows of a tile
 */

#if GF_INPUT_LIST
#define GF_INPUTS global const real *restrict zs, global const real *restrict cs,
#else
#define GF_INPUTS
#endif

/* Both variants take the same arguments. The buffers are rows x width; first_row is where their
 * first row lies in a picture of width x height. */
#define GF_ARGUMENTS                                                                               \
    GF_INPUTS global GF_COUNT *restrict counts, real_arg x1, real_arg x_extent, real_arg y2,       \
        real_arg y_extent, real_arg x_step, real_arg y_step, real_arg c_re, real_arg c_im,         \
        uint width, uint height, uint first_row, uint rows, uint max_iter

/* Coordinates of column i and of line j, counted from the top of the picture. */
#if GF_REAL_BITS == 64
#define GF_X(i) (x1 + ((real)(i)*x_extent) / (real)width)
#define GF_Y(j) (y2 - ((real)(j)*y_extent) / (real)height)
#else
#define GF_X(i) linear_f32(x1, x_step, (real)(i))
#define GF_Y(j) linear_f32(y2, y_step, (real)(j))
#endif

/* Re(z^2 + c), where a = zr^2 and b = zi^2 are known. Relaxed arithmetic leaves out one rounding,
 * and the wait for a. */
#if GF_RELAXED
#define GF_NEXT_RE(zr, a, b, cr) mad(zr, zr, (cr) - (b))
#else
#define GF_NEXT_RE(zr, a, b, cr) (((a) - (b)) + (cr))
#endif

/* Whether an escaped z never comes back inside: |z| >= 2 gives |z^2 + c| >= 2|z| - |c| > 2 where
 * |c| < 2; the limit 1.936 leaves room for rounding. Infinities stay, and NaN compares as outside.
 */
#define GF_NEVER_RETURNS(cr, ci) ((cr) * (cr) + (ci) * (ci) < (real)3.75)

/* ---- One work-item per pixel ------------------------------------------------------------------
 */

#if GF_INPUT_LIST
#define GF_START                                                                                   \
    real zr = zs[2 * pixel], zi = zs[2 * pixel + 1];                                               \
    const real cr = cs[2 * pixel], ci = cs[2 * pixel + 1]
#else
#define GF_START                                                                                   \
    real zr = GF_X(column), zi = GF_Y(first_row + row);                                            \
    const real cr = GF_VALUE(c_re), ci = GF_VALUE(c_im)
#endif

#define GF_ITERATE                                                                                 \
    do {                                                                                           \
        const real a = zr * zr, b = zi * zi, p = zr * zi;                                          \
        zr = GF_NEXT_RE(zr, a, b, cr);                                                             \
        zi = (p + p) + ci;                                                                         \
    } while (0)

kernel void julia_naive(GF_ARGUMENTS) {
    const uint column = (uint)get_global_id(0);
    const uint row = (uint)get_global_id(1);
    if (column >= width || row >= rows)
        return;
    const size_t pixel = (size_t)row * width + column;
    GF_START;
    uint n = 0;
    while (n < max_iter && zr * zr + zi * zi < (real)4) {
        GF_ITERATE;
        n++;
    }
    counts[pixel] = (GF_COUNT)n;
}

#ifdef GF_UNROLL
/* Since an escaped z does not come back, one test after GF_UNROLL iterations shows whether it
 * escaped on the way. If so, they are taken back and done again one by one. Work-items that run in
 * step all do that at the end, once. */
kernel void julia_unrolled(GF_ARGUMENTS) {
    const uint column = (uint)get_global_id(0);
    const uint row = (uint)get_global_id(1);
    if (column >= width || row >= rows)
        return;
    const size_t pixel = (size_t)row * width + column;
    GF_START;
    uint n = 0;
    int go_on = GF_NEVER_RETURNS(cr, ci);
    while (go_on && max_iter - n >= GF_UNROLL) {
        const real zr_before = zr, zi_before = zi;
#pragma unroll
        for (uint k = 0; k < GF_UNROLL; k++)
            GF_ITERATE;
        go_on = zr * zr + zi * zi < (real)4;
        zr = go_on ? zr : zr_before;
        zi = go_on ? zi : zi_before;
        n += go_on ? GF_UNROLL : 0;
    }
    while (n < max_iter && zr * zr + zi * zi < (real)4) {
        GF_ITERATE;
        n++;
    }
    counts[pixel] = (GF_COUNT)n;
}
#endif

#ifdef GF_WIDTH
/* ---- Vectors, for CPUs ------------------------------------------------------------------------
 *
 * A vector is as slow as the slowest of its lanes, and the counts of neighbours differ widely. So a
 * work-item takes the points of a tile through passes of more and more iterations, and after each
 * one moves those that are left together: vectors are always full. The lists are in local memory,
 * on CPUs a part of the cache. Compilers do not vectorise a loop that each point leaves on its own,
 * so the vectors are explicit; four in flight hide the latency of the chain from one z to the
 * next. */

/* Of a tile. The columns as in the plan. */
#define GF_TILE_COLS 64
#define GF_POINTS    (GF_TILE_COLS * GF_TILE_ROWS)

/* Iterations of a block, between two looks at the whole. */
#define GF_BLOCK 8
/* Iterations after which most points that escape have done so, and trying without tests pays. */
#define GF_SETTLED 32
/* A pass does half of what was done before it: so few points escape in it that few lanes idle. */
#define GF_PASS(done) max((done) / 2 / GF_BLOCK * GF_BLOCK, (uint)GF_BLOCK)

#define GF_CONVERT_BITS_N GF_JOIN(GF_JOIN(convert_, GF_BITS), GF_WIDTH)
#define GF_CONVERT_UINT_N GF_JOIN(convert_uint, GF_WIDTH)

#define GF_GROUP (4 * GF_WIDTH)
/* Of points that await their last iterations: less than a group, one more, and one to fill up. */
#define GF_LOST (3 * GF_GROUP)

/* One vector of points on its way. */
typedef struct {
    real_n zr, zi, cr, ci;
    bits_n live;  /* all bits set in the lanes that have not escaped */
    bits_n count; /* of iterations in this pass */
} lanes;

/* Points that have not escaped, with room for a group that begins with the last one. */
typedef struct {
    local real *zr, *zi;
#if GF_INPUT_LIST
    local real *cr, *ci;
#else
    real c_re, c_im;
#endif
    local uint *place; /* in the tile; GF_POINTS: none */
    local uint *tally; /* the counts, by place. (Passed to a function by itself, PoCL 3.1 loses what
                          is stored through it.) */
    uint count;
    int stay_out; /* none comes back inside */
} points;

static bits_n is_inside(const lanes *l) {
    return l->zr * l->zr + l->zi * l->zi < (real_n)4;
}

static void advance(lanes *l, real_n a, real_n b) {
    const real_n p = l->zr * l->zi;
    l->zr = GF_NEXT_RE(l->zr, a, b, l->cr);
#ifdef GF_FAST_FMA
    l->zi = fma((real_n)2, p, l->ci); /* 2p is exact: the same bits as (p + p) + ci */
#else
    l->zi = (p + p) + l->ci;
#endif
}

/* One iteration of the lanes that are still live. */
static void iterate(lanes *l, int stay_out) {
    const real_n a = l->zr * l->zr;
    const real_n b = l->zi * l->zi;
    const bits_n inside = a + b < (real_n)4;
    l->live = stay_out ? inside : l->live & inside;
    l->count -= l->live;
    advance(l, a, b);
}

static void iterate_all(lanes *l0, lanes *l1, lanes *l2, lanes *l3, uint times, int stay_out) {
    for (uint k = 0; k < times; k++) {
        iterate(l0, stay_out);
        iterate(l1, stay_out);
        iterate(l2, stay_out);
        iterate(l3, stay_out);
    }
}

/* One iteration without a look at which lanes are live. */
static void iterate_blindly(lanes *l) {
    advance(l, l->zr * l->zr, l->zi * l->zi);
}

/* Ends a block of blind iterations: lanes that are outside go back to where they were before it,
 * and so they do after each block to come. */
static void settle(lanes *l, const lanes *before) {
    l->live = is_inside(l);
    l->zr = select(before->zr, l->zr, l->live);
    l->zi = select(before->zi, l->zi, l->live);
    l->count += l->live & (bits_n)GF_BLOCK;
}

/* A block without a test in each iteration: since an escaped lane does not come back, a test at the
 * end shows whether one escaped on the way. */
static void iterate_block(lanes *l0, lanes *l1, lanes *l2, lanes *l3) {
    const lanes b0 = *l0, b1 = *l1, b2 = *l2, b3 = *l3;
    for (uint k = 0; k < GF_BLOCK; k++) {
        iterate_blindly(l0);
        iterate_blindly(l1);
        iterate_blindly(l2);
        iterate_blindly(l3);
    }
    settle(l0, &b0);
    settle(l1, &b1);
    settle(l2, &b2);
    settle(l3, &b3);
}

/* ---- Lists of points */

/* Returns their places. */
static uint_n load_lanes(const points *p, uint at, lanes *l) {
    l->zr = GF_LOAD_N(0, p->zr + at);
    l->zi = GF_LOAD_N(0, p->zi + at);
#if GF_INPUT_LIST
    l->cr = GF_LOAD_N(0, p->cr + at);
    l->ci = GF_LOAD_N(0, p->ci + at);
#else
    l->cr = p->c_re;
    l->ci = p->c_im;
#endif
    l->live = is_inside(l);
    l->count = 0;
    return GF_LOAD_N(0, p->place + at);
}

/* Adds the first `valid` lanes to the end; the others are overwritten by what follows. */
static void append(points *p, const lanes *l, uint_n place, uint valid) {
    const uint at = p->count;
    GF_STORE_N(l->zr, 0, p->zr + at);
    GF_STORE_N(l->zi, 0, p->zi + at);
#if GF_INPUT_LIST
    GF_STORE_N(l->cr, 0, p->cr + at);
    GF_STORE_N(l->ci, 0, p->ci + at);
#endif
    GF_STORE_N(place, 0, p->place + at);
    p->count = at + valid;
}

/* Adds the lanes that `which` says. */
static void append_some(points *p, const lanes *l, bits_n which, uint_n place) {
    if (!any_lane(which))
        return;
    if (all_lanes(which)) {
        append(p, l, place, GF_WIDTH);
        return;
    }
    real zr[GF_WIDTH], zi[GF_WIDTH];
    uint places[GF_WIDTH];
    bits wanted[GF_WIDTH];
    GF_STORE_N(l->zr, 0, zr);
    GF_STORE_N(l->zi, 0, zi);
    GF_STORE_N(place, 0, places);
    GF_STORE_N(which, 0, wanted);
#if GF_INPUT_LIST
    real cr[GF_WIDTH], ci[GF_WIDTH];
    GF_STORE_N(l->cr, 0, cr);
    GF_STORE_N(l->ci, 0, ci);
#endif
    uint at = p->count;
    for (uint k = 0; k < GF_WIDTH; k++) {
        p->zr[at] = zr[k];
        p->zi[at] = zi[k];
#if GF_INPUT_LIST
        p->cr[at] = cr[k];
        p->ci[at] = ci[k];
#endif
        p->place[at] = places[k];
        at += wanted[k] != 0;
    }
    p->count = at;
}

/* Fills the last group with points that are outside and nobody's. */
static void fill_group(const points *p) {
    for (uint k = 0; k < GF_GROUP; k += GF_WIDTH) {
        GF_STORE_N((real_n)4, 0, p->zr + p->count + k);
        GF_STORE_N((real_n)0, 0, p->zi + p->count + k);
#if GF_INPUT_LIST
        GF_STORE_N((real_n)0, 0, p->cr + p->count + k);
        GF_STORE_N((real_n)0, 0, p->ci + p->count + k);
#endif
        GF_STORE_N((uint_n)GF_POINTS, 0, p->place + p->count + k);
    }
}

/* Notes the counts of a vector's points, final for those that escaped, and keeps the others. */
static void sort_lanes(points *p, uint_n place, const lanes *l, uint done) {
    uint places[GF_WIDTH];
    bits count[GF_WIDTH];
    GF_STORE_N(place, 0, places);
    GF_STORE_N(l->count, 0, count);
    append_some(p, l, l->live, place);
    for (uint k = 0; k < GF_WIDTH; k++)
        p->tally[places[k]] = done + (uint)count[k];
}

static void iterate_tested(lanes *l0, lanes *l1, lanes *l2, lanes *l3, uint times, int stay_out) {
    if (stay_out)
        iterate_all(l0, l1, l2, l3, times, 1);
    else
        iterate_all(l0, l1, l2, l3, times, 0);
}

/* Iterates all points `times` times more. Those that are left move to the front: never beyond the
 * group that they are from, which has been read. */
static void make_tested_pass(points *p, uint done, uint times) {
    const uint count = p->count;
    fill_group(p);
    p->count = 0;
    for (uint at = 0; at < count; at += GF_GROUP) {
        lanes l0, l1, l2, l3;
        const uint_n place0 = load_lanes(p, at, &l0);
        const uint_n place1 = load_lanes(p, at + GF_WIDTH, &l1);
        const uint_n place2 = load_lanes(p, at + 2 * GF_WIDTH, &l2);
        const uint_n place3 = load_lanes(p, at + 3 * GF_WIDTH, &l3);
        for (uint k = 0; k < times && any_lane(l0.live | l1.live | l2.live | l3.live);
             k += GF_BLOCK)
            iterate_tested(&l0, &l1, &l2, &l3, min(times - k, (uint)GF_BLOCK), p->stay_out);
        sort_lanes(p, place0, &l0, done);
        sort_lanes(p, place1, &l1, done);
        sort_lanes(p, place2, &l2, done);
        sort_lanes(p, place3, &l3, done);
    }
}

/* Adds the last iterations, less than a block, of points that were found outside after it. */
static void finish_lost(points *lost) {
    fill_group(lost);
    for (uint at = 0; at < lost->count; at += GF_WIDTH) {
        lanes l;
        uint places[GF_WIDTH];
        bits count[GF_WIDTH];
        GF_STORE_N(load_lanes(lost, at, &l), 0, places);
        for (uint k = 0; k < GF_BLOCK; k++)
            iterate(&l, 1);
        GF_STORE_N(l.count, 0, count);
        for (uint k = 0; k < GF_WIDTH; k++)
            lost->tally[places[k]] += (uint)count[k];
    }
    lost->count = 0;
}

/* The same in blocks; `times` is a multiple of GF_BLOCK. */
static void make_blind_pass(points *p, uint done, uint times, points *lost) {
    const uint count = p->count;
    fill_group(p);
    p->count = 0;
    for (uint at = 0; at < count; at += GF_GROUP) {
        lanes l0, l1, l2, l3;
        const uint_n place0 = load_lanes(p, at, &l0);
        const uint_n place1 = load_lanes(p, at + GF_WIDTH, &l1);
        const uint_n place2 = load_lanes(p, at + 2 * GF_WIDTH, &l2);
        const uint_n place3 = load_lanes(p, at + 3 * GF_WIDTH, &l3);
        const bits_n live0 = l0.live, live1 = l1.live, live2 = l2.live, live3 = l3.live;
        for (uint k = 0; k < times && any_lane(l0.live | l1.live | l2.live | l3.live);
             k += GF_BLOCK)
            iterate_block(&l0, &l1, &l2, &l3);
        sort_lanes(p, place0, &l0, done);
        sort_lanes(p, place1, &l1, done);
        sort_lanes(p, place2, &l2, done);
        sort_lanes(p, place3, &l3, done);
        append_some(lost, &l0, live0 & ~l0.live, place0);
        append_some(lost, &l1, live1 & ~l1.live, place1);
        append_some(lost, &l2, live2 & ~l2.live, place2);
        append_some(lost, &l3, live3 & ~l3.live, place3);
        if (lost->count >= GF_GROUP)
            finish_lost(lost);
    }
    finish_lost(lost);
}

/* ---- Tiles */

#if GF_INPUT_LIST
/* Reads `valid` complex numbers from `first` on; the lanes beyond repeat the last one. */
static void load_complex(global const real *first, uint valid, real_n *re, real_n *im) {
    if (valid >= GF_WIDTH) {
        const real_n low = GF_LOAD_N(0, first);
        const real_n high = GF_LOAD_N(1, first);
        *re = (real_n)(low.even, high.even);
        *im = (real_n)(low.odd, high.odd);
        return;
    }
    real re_lanes[GF_WIDTH], im_lanes[GF_WIDTH];
    for (uint k = 0; k < GF_WIDTH; k++) {
        const size_t element = min(k, valid - 1);
        re_lanes[k] = first[2 * element];
        im_lanes[k] = first[2 * element + 1];
    }
    *re = GF_LOAD_N(0, re_lanes);
    *im = GF_LOAD_N(0, im_lanes);
}
#endif

/* Notes the first counts of a vector's points, of which `valid` are some, and keeps those left. */
static void start(points *p, const lanes *l, uint place, uint valid) {
    const bits_n is_valid = GF_CONVERT_BITS_N(GF_LANES) < (bits_n)valid;
    GF_STORE_N(GF_CONVERT_UINT_N(l->count), 0, p->tally + place);
    append_some(p, l, l->live & is_valid, place + GF_LANES);
}

/* Writes a row of counts. */
static void write_counts(const local uint *tally, uint cols, global GF_COUNT *to) {
    uint k = 0;
    for (; k + GF_WIDTH <= cols; k += GF_WIDTH)
        GF_STORE_N(GF_JOIN(GF_JOIN(convert_, GF_COUNT), GF_WIDTH)(GF_LOAD_N(0, tally + k)), 0,
                   to + k);
    for (; k < cols; k++)
        to[k] = (GF_COUNT)tally[k];
}

kernel void julia_vector(GF_ARGUMENTS) {
    local real zr[GF_POINTS + GF_GROUP], zi[GF_POINTS + GF_GROUP];
    local uint place[GF_POINTS + GF_GROUP], tally[GF_POINTS + 1];
    local real lost_zr[GF_LOST], lost_zi[GF_LOST];
    local uint lost_place[GF_LOST];
    points p;
    p.zr = zr;
    p.zi = zi;
    p.place = place;
    p.tally = tally;
    tally[GF_POINTS] = 0; /* of nobody's points */
    p.count = 0;
#if GF_INPUT_LIST
    local real list_cr[GF_POINTS + GF_GROUP], list_ci[GF_POINTS + GF_GROUP];
    local real lost_cr[GF_LOST], lost_ci[GF_LOST];
    p.cr = list_cr;
    p.ci = list_ci;
    p.stay_out = 1;
#else
    p.c_re = GF_VALUE(c_re);
    p.c_im = GF_VALUE(c_im);
    p.stay_out = GF_NEVER_RETURNS(p.c_re, p.c_im);
#endif
    const uint column = (uint)get_global_id(0) * GF_TILE_COLS;
    const uint row = (uint)get_global_id(1) * GF_TILE_ROWS;
    if (column >= width || row >= rows)
        return;
    const uint tile_end = min(rows - row, (uint)GF_TILE_ROWS),
               cols = min(width - column, (uint)GF_TILE_COLS);
    const uint first = min(max_iter, (uint)GF_BLOCK);
    for (uint k = 0; k < cols; k += GF_WIDTH) {
        const uint valid = min(cols - k, (uint)GF_WIDTH);
#if !GF_INPUT_LIST
        const uint_n i = min(column + k + GF_LANES, (uint_n)(width - 1));
#if GF_REAL_BITS == 64
        const real_n x = x1 + (GF_CONVERT_REAL_N(i) * x_extent) / (real_n)(real)width;
#else
        const real_n x = linear_f32_n(x1, x_step, GF_CONVERT_REAL_N(i));
#endif
#endif
        for (uint j = 0; j < tile_end; j += 4) {
            lanes l[4];
#pragma unroll
            for (uint r = 0; r < 4; r++) {
                const uint tile_row = min(j + r, tile_end - 1); /* beyond: the last one again */
#if GF_INPUT_LIST
                const size_t pixel = (size_t)(row + tile_row) * width + column + k;
                load_complex(zs + 2 * pixel, valid, &l[r].zr, &l[r].zi);
                load_complex(cs + 2 * pixel, valid, &l[r].cr, &l[r].ci);
                p.stay_out = p.stay_out && all_lanes(GF_NEVER_RETURNS(l[r].cr, l[r].ci));
#else
                l[r].zr = x;
                l[r].zi = GF_Y(first_row + row + tile_row);
                l[r].cr = p.c_re;
                l[r].ci = p.c_im;
#endif
                l[r].live = -1;
                l[r].count = 0;
            }
            iterate_tested(&l[0], &l[1], &l[2], &l[3], first, p.stay_out);
#pragma unroll
            for (uint r = 0; r < 4; r++) {
                if (j + r < tile_end)
                    start(&p, &l[r], (j + r) * GF_TILE_COLS + k, valid);
            }
        }
    }
    points lost = p;
    lost.zr = lost_zr;
    lost.zi = lost_zi;
    lost.place = lost_place;
    lost.count = 0;
#if GF_INPUT_LIST
    lost.cr = lost_cr;
    lost.ci = lost_ci;
#endif
    for (uint done = first, times = 0; done < max_iter && p.count > 0; done += times) {
        times = min(GF_PASS(done), max_iter - done);
        if (!p.stay_out || done < GF_SETTLED || times < GF_BLOCK) {
            make_tested_pass(&p, done, times);
        } else {
            times -= times % GF_BLOCK;
            make_blind_pass(&p, done, times, &lost);
        }
    }
    for (uint j = 0; j < tile_end; j++)
        write_counts(p.tally + j * GF_TILE_COLS, cols,
                     counts + ((size_t)(row + j) * width + column));
}
#endif
