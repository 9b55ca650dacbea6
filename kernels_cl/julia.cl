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

#define GF_GROUP (4 * GF_WIDTH)

typedef GF_JOIN(GF_COUNT, GF_WIDTH) count_n;

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
    local uint *tally; /* the counts, by place */
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

/* Counts a block of blind iterations. Returns the lanes that were live before it and are not now;
 * if there are any, the count is not right. */
static bits_n count_block(lanes *l) {
    const bits_n live = l->live & is_inside(l);
    const bits_n lost = l->live ^ live;
    l->count += l->live & (bits_n)GF_BLOCK;
    return lost;
}

/* A block without a test in each iteration: since an escaped lane does not come back, a test at the
 * end shows whether one escaped on the way. Returns 0 and changes nothing if so. */
static int try_block(lanes *l0, lanes *l1, lanes *l2, lanes *l3) {
    lanes n0 = *l0, n1 = *l1, n2 = *l2, n3 = *l3;
    for (uint k = 0; k < GF_BLOCK; k++) {
        iterate_blindly(&n0);
        iterate_blindly(&n1);
        iterate_blindly(&n2);
        iterate_blindly(&n3);
    }
    const bits_n lost = count_block(&n0) | count_block(&n1) | count_block(&n2) | count_block(&n3);
    if (any(lost))
        return 0;
    *l0 = n0;
    *l1 = n1;
    *l2 = n2;
    *l3 = n3;
    return 1;
}

/* ---- Lists of points */

static void load_lanes(const points *p, uint at, lanes *l) {
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

/* Adds the lanes that are live. */
static void append_live(points *p, const lanes *l, uint_n place) {
    if (all(l->live)) {
        append(p, l, place, GF_WIDTH);
        return;
    }
    real zr[GF_WIDTH], zi[GF_WIDTH];
    uint places[GF_WIDTH];
    bits live[GF_WIDTH];
    GF_STORE_N(l->zr, 0, zr);
    GF_STORE_N(l->zi, 0, zi);
    GF_STORE_N(place, 0, places);
    GF_STORE_N(l->live, 0, live);
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
        at += live[k] != 0;
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
static void sort_lanes(points *p, uint from, const lanes *l, uint done) {
    const uint_n place = GF_LOAD_N(0, p->place + from);
    uint places[GF_WIDTH];
    bits count[GF_WIDTH];
    GF_STORE_N(place, 0, places);
    GF_STORE_N(l->count, 0, count);
    if (any(l->live))
        append_live(p, l, place);
    for (uint k = 0; k < GF_WIDTH; k++)
        p->tally[places[k]] = done + (uint)count[k];
}

/* Iterates all points `times` times more. Those that are left move to the front: never beyond the
 * group that they are from, which has been read. */
static void make_pass(points *p, uint done, uint times) {
    const uint count = p->count;
    const int blindly = p->stay_out && done >= GF_SETTLED;
    fill_group(p);
    p->count = 0;
    for (uint at = 0; at < count; at += GF_GROUP) {
        lanes l0, l1, l2, l3;
        load_lanes(p, at, &l0);
        load_lanes(p, at + GF_WIDTH, &l1);
        load_lanes(p, at + 2 * GF_WIDTH, &l2);
        load_lanes(p, at + 3 * GF_WIDTH, &l3);
        uint k = 0;
        while (times - k >= GF_BLOCK && any(l0.live | l1.live | l2.live | l3.live)) {
            if (!blindly || !try_block(&l0, &l1, &l2, &l3)) {
                if (p->stay_out)
                    iterate_all(&l0, &l1, &l2, &l3, GF_BLOCK, 1);
                else
                    iterate_all(&l0, &l1, &l2, &l3, GF_BLOCK, 0);
            }
            k += GF_BLOCK;
        }
        if (times - k < GF_BLOCK)
            iterate_all(&l0, &l1, &l2, &l3, times - k, 0);
        sort_lanes(p, at, &l0, done);
        sort_lanes(p, at + GF_WIDTH, &l1, done);
        sort_lanes(p, at + 2 * GF_WIDTH, &l2, done);
        sort_lanes(p, at + 3 * GF_WIDTH, &l3, done);
    }
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
    points p;
    p.zr = zr;
    p.zi = zi;
    p.place = place;
    p.tally = tally;
    p.count = 0;
#if GF_INPUT_LIST
    local real list_cr[GF_POINTS + GF_GROUP], list_ci[GF_POINTS + GF_GROUP];
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
    for (uint k = 0; k < cols; k += GF_WIDTH) {
        const uint valid = min(cols - k, (uint)GF_WIDTH);
        lanes l;
#if !GF_INPUT_LIST
        const uint_n i = min(column + k + GF_LANES, (uint_n)(width - 1));
#if GF_REAL_BITS == 64
        l.zr = x1 + (GF_CONVERT_REAL_N(i) * x_extent) / (real_n)(real)width;
#else
        l.zr = linear_f32_n(x1, x_step, GF_CONVERT_REAL_N(i));
#endif
#endif
        for (uint j = 0; j < tile_end; j++) {
#if GF_INPUT_LIST
            const size_t pixel = (size_t)(row + j) * width + column + k;
            load_complex(zs + 2 * pixel, valid, &l.zr, &l.zi);
            load_complex(cs + 2 * pixel, valid, &l.cr, &l.ci);
            p.stay_out = p.stay_out && all(GF_NEVER_RETURNS(l.cr, l.ci));
#else
            l.zi = GF_Y(first_row + row + j);
#endif
            append(&p, &l, j * GF_TILE_COLS + k + GF_LANES, valid);
        }
    }
    for (uint done = 0, times = 0; done < max_iter && p.count > 0; done += times) {
        times = min(GF_PASS(done), max_iter - done);
        make_pass(&p, done, times);
    }
    for (uint j = 0; j < tile_end; j++)
        write_counts(p.tally + j * GF_TILE_COLS, cols,
                     counts + ((size_t)(row + j) * width + column));
}
#endif
