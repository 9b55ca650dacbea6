/* Julia set, escape time: for each pixel z of a grid, how often z = z^2 + c can be applied before
 * |z|^2 >= 4, at most max_iter times.
 *
 * Further definitions, from the plans of host/workloads/julia/julia_ndrange.c:
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

/* All variants take the same arguments. The buffers are rows x width; their first row is first_row
 * of a picture of width x height. */
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

/* Re(z^2 + c), given a = zr^2 and b = zi^2. Relaxed arithmetic saves one rounding and the wait for
 * a.
 */
#if GF_RELAXED
#define GF_NEXT_RE(zr, a, b, cr) mad(zr, zr, (cr) - (b))
#else
#define GF_NEXT_RE(zr, a, b, cr) (((a) - (b)) + (cr))
#endif

/* Im(z^2 + c), given p = zr zi, for a real or a vector of them. */
#ifdef GF_FAST_FMA
#define GF_NEXT_IM(type, p, ci) fma((type)2, p, ci) /* 2p is exact: the same bits as the sum */
#else
#define GF_NEXT_IM(type, p, ci) (((p) + (p)) + (ci))
#endif

/* Whether an escaped z never comes back inside: |z| >= 2 gives |z^2 + c| >= 2|z| - |c| > 2 where
 * |c| < 2; the limit 1.936 leaves room for rounding. Infinities stay, and NaN compares as outside.
 */
#define GF_NEVER_RETURNS(cr, ci) ((cr) * (cr) + (ci) * (ci) < (real)3.75f)

/* ---- One work-item per pixel ------------------------------------------- */

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
        zi = GF_NEXT_IM(real, p, ci);                                                              \
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
 * escaped on the way. If so, they are undone and repeated one by one. Work-items that run in step
 * all repeat theirs once, at the end. */
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
/* ---- Vectors, for CPUs ----------------------------------------------------
 *
 * A vector is as slow as the slowest of its lanes, and the counts of neighbours differ widely. So a
 * work-item takes the points of a tile through stages, and after each one moves the remaining
 * points together: vectors are always full. The stages are those of cpu/julia.c: a few iterations
 * of all points with a test each, more of the remaining points, and then passes of more and more
 * iterations with a test after each block only. The lists are in local memory, which on CPUs is in
 * the cache. Compilers do not vectorise a loop that each point leaves on its own, so the vectors
 * are explicit.
 */

/* The size of a tile; the plan has the same number of columns. */
#define GF_TILE_COLS 64
#define GF_POINTS    (GF_TILE_COLS * GF_TILE_ROWS)

/* Iterations with a test each: of all points, and of the remaining ones. */
#define GF_FIRST  4
#define GF_SECOND 12
/* Iterations of a block, and the fewest of a pass, which outweigh the cost of moving the points. */
#define GF_BLOCK      16
#define GF_LEAST_PASS 32

/* Vectors in flight hide the latency of the chain from one z to the next: 6 if vectors have 64
 * bytes, since there are 32 such registers; otherwise 4, which fit into 16 registers. With tests 4
 * are enough, one below the other. */
#if GF_WIDTH * GF_REAL_BITS >= 512
#define GF_VECTORS 6
#else
#define GF_VECTORS 4
#endif
#define GF_START_ROWS 4

#define GF_EACH(v, vectors) _Pragma("unroll") for (uint v = 0; v < (vectors); v++)
/* One after the other, with one copy of the code: it would be most of a build otherwise. */
#define GF_IN_TURN(v, vectors) _Pragma("unroll 1") for (uint v = 0; v < (vectors); v++)

/* PoCL 3.1 does not inline a function that is used twice, and its vectors leave the registers. */
#define GF_INLINE static inline __attribute__((always_inline))

#define GF_CONVERT_BITS_N GF_JOIN(GF_JOIN(convert_, GF_BITS), GF_WIDTH)
#define GF_CONVERT_UINT_N GF_JOIN(convert_uint, GF_WIDTH)

#define GF_GROUP (GF_VECTORS * GF_WIDTH)
/* Room for lost points, which await their last iterations: less than a group, one more, and one to
 * fill up. */
#define GF_LOST (3 * GF_GROUP)

/* One vector of points. */
typedef struct {
    real_n zr, zi, cr, ci;
    bits_n live;  /* all bits set in the lanes that have not escaped */
    bits_n count; /* of iterations in this pass */
} lanes;

/* A group on its way to a list, in memory, because vectors in registers can't be indexed. */
typedef struct {
    real zr[GF_GROUP], zi[GF_GROUP];
#if GF_INPUT_LIST
    real cr[GF_GROUP], ci[GF_GROUP];
#endif
    bits live[GF_GROUP], count[GF_GROUP];
} parked;

/* Points that have not escaped, with room for a group that begins with the last one. */
typedef struct {
    local real *zr, *zi;
#if GF_INPUT_LIST
    local real *cr, *ci;
#else
    real c_re, c_im;
#endif
    local uint *place; /* in the tile; GF_POINTS: none */
    local uint *tally; /* the counts, by place; a member, because PoCL 3.1 loses stores through such
                          an argument */
    uint count;
    int stay_out; /* none comes back inside */
} points;

GF_INLINE bits_n is_inside(const lanes *l) {
    return l->zr * l->zr + l->zi * l->zi < (real_n)4;
}

GF_INLINE void advance(lanes *l, real_n a, real_n b) {
    const real_n p = l->zr * l->zi;
    l->zr = GF_NEXT_RE(l->zr, a, b, l->cr);
    l->zi = GF_NEXT_IM(real_n, p, l->ci);
}

/* One iteration of the lanes that are still live. */
GF_INLINE void iterate(lanes *l, int stay_out) {
    const real_n a = l->zr * l->zr;
    const real_n b = l->zi * l->zi;
    const bits_n inside = a + b < (real_n)4;
    l->live = stay_out ? inside : l->live & inside;
    l->count -= l->live;
    advance(l, a, b);
}

GF_INLINE void iterate_all(lanes *l, uint vectors, uint times, int stay_out) {
    for (uint k = 0; k < times; k++)
        GF_EACH(v, vectors)
            iterate(&l[v], stay_out);
}

/* One iteration without a test. */
GF_INLINE void iterate_blindly(lanes *l) {
    advance(l, l->zr * l->zr, l->zi * l->zi);
}

/* Ends a block of blind iterations: lanes that are outside return to their values before the block,
 * now and after each later block. */
GF_INLINE void undo_escaped(lanes *l, const lanes *before) {
    l->live = is_inside(l);
    l->zr = select(before->zr, l->zr, l->live);
    l->zi = select(before->zi, l->zi, l->live);
    l->count += l->live & (bits_n)GF_BLOCK;
}

/* A block with one test at its end, which shows the lanes that escaped on the way, because none
 * comes back. */
GF_INLINE void iterate_block(lanes l[GF_VECTORS]) {
    lanes before[GF_VECTORS];
    GF_EACH(v, GF_VECTORS)
        before[v] = l[v];
#pragma unroll 4
    for (uint k = 0; k < GF_BLOCK; k++)
        GF_EACH(v, GF_VECTORS)
            iterate_blindly(&l[v]);
    GF_EACH(v, GF_VECTORS)
        undo_escaped(&l[v], &before[v]);
}

GF_INLINE bits_n live_in_any(const lanes l[GF_VECTORS]) {
    bits_n live = 0;
    GF_EACH(v, GF_VECTORS)
        live |= l[v].live;
    return live;
}

/* ---- Lists of points --------------------------------------------------- */

GF_INLINE void load_lanes(const points *p, uint at, lanes *l) {
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

GF_INLINE void park(parked *group, uint v, const lanes *l) {
    GF_STORE_N(l->zr, v, group->zr);
    GF_STORE_N(l->zi, v, group->zi);
#if GF_INPUT_LIST
    GF_STORE_N(l->cr, v, group->cr);
    GF_STORE_N(l->ci, v, group->ci);
#endif
    GF_STORE_N(l->live, v, group->live);
    GF_STORE_N(l->count, v, group->count);
}

/* Appends all lanes of a vector. */
GF_INLINE void append_all(points *p, const parked *group, uint v, uint_n place) {
    const uint at = p->count;
    GF_STORE_N(GF_LOAD_N(v, group->zr), 0, p->zr + at);
    GF_STORE_N(GF_LOAD_N(v, group->zi), 0, p->zi + at);
#if GF_INPUT_LIST
    GF_STORE_N(GF_LOAD_N(v, group->cr), 0, p->cr + at);
    GF_STORE_N(GF_LOAD_N(v, group->ci), 0, p->ci + at);
#endif
    GF_STORE_N(place, 0, p->place + at);
    p->count = at + GF_WIDTH;
}

/* Appends the lanes of a vector that are set in `which`. */
GF_INLINE void append_some(points *p, const parked *group, uint v, bits_n which, uint_n place) {
    if (!any_lane(which))
        return;
    if (all_lanes(which)) {
        append_all(p, group, v, place);
        return;
    }
    const uint first = v * GF_WIDTH;
    uint places[GF_WIDTH];
    bits wanted[GF_WIDTH];
    GF_STORE_N(place, 0, places);
    GF_STORE_N(which, 0, wanted);
    uint at = p->count;
#pragma unroll
    for (uint k = 0; k < GF_WIDTH; k++) {
        p->zr[at] = group->zr[first + k];
        p->zi[at] = group->zi[first + k];
#if GF_INPUT_LIST
        p->cr[at] = group->cr[first + k];
        p->ci[at] = group->ci[first + k];
#endif
        p->place[at] = places[k];
        at -= (uint)wanted[k]; /* all bits set is -1 */
    }
    p->count = at;
}

/* Fills the last group with points that are outside and have no place. */
GF_INLINE void fill_group(const points *p) {
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

/* Notes the counts of a vector of points, which were loaded from `at`, final for those that
 * escaped, and keeps the others. Returns the places. */
GF_INLINE uint_n sort_lanes(points *p, uint at, const parked *group, uint v, uint done) {
    const uint_n place = GF_LOAD_N(0, p->place + at);
    uint places[GF_WIDTH];
    GF_STORE_N(place, 0, places);
    append_some(p, group, v, GF_LOAD_N(v, group->live), place);
    for (uint k = 0; k < GF_WIDTH; k++)
        p->tally[places[k]] = done + (uint)group->count[v * GF_WIDTH + k];
    return place;
}

GF_INLINE void iterate_tested(lanes *l, uint vectors, uint times, int stay_out) {
    if (stay_out)
        iterate_all(l, vectors, times, 1);
    else
        iterate_all(l, vectors, times, 0);
}

/* Iterates all points `times` times more and moves the remaining ones to the front, which never
 * overwrites a group that is still to be read. */
GF_INLINE void make_tested_pass(points *p, uint done, uint times) {
    const uint count = p->count;
    fill_group(p);
    p->count = 0;
    for (uint at = 0; at < count; at += GF_GROUP) {
        lanes l[GF_VECTORS];
        GF_EACH(v, GF_VECTORS)
            load_lanes(p, at + v * GF_WIDTH, &l[v]);
        iterate_tested(l, GF_VECTORS, times, p->stay_out);
        parked group;
        GF_EACH(v, GF_VECTORS) {
            l[v].live &= is_inside(&l[v]);
            park(&group, v, &l[v]);
        }
        GF_IN_TURN(v, GF_VECTORS)
            sort_lanes(p, at + v * GF_WIDTH, &group, v, done);
    }
}

/* Adds the last iterations, less than a block, of points that were outside at its end. */
GF_INLINE void finish_lost(points *lost) {
    fill_group(lost);
    for (uint at = 0; at < lost->count; at += GF_WIDTH) {
        lanes l;
        uint places[GF_WIDTH];
        bits count[GF_WIDTH];
        load_lanes(lost, at, &l);
        GF_STORE_N(GF_LOAD_N(0, lost->place + at), 0, places);
        for (uint k = 0; k < GF_BLOCK; k++)
            iterate(&l, 0); /* the same as with 1, with which Oclgrind 21.10 miscounts */
        GF_STORE_N(l.count, 0, count);
        for (uint k = 0; k < GF_WIDTH; k++)
            lost->tally[places[k]] += (uint)count[k];
    }
    lost->count = 0;
}

/* The same in blocks; `times` is a multiple of GF_BLOCK. */
GF_INLINE void make_blind_pass(points *p, uint done, uint times, points *lost) {
    const uint count = p->count;
    fill_group(p);
    p->count = 0;
    for (uint at = 0; at < count; at += GF_GROUP) {
        lanes l[GF_VECTORS];
        bits_n live[GF_VECTORS];
        GF_EACH(v, GF_VECTORS) {
            load_lanes(p, at + v * GF_WIDTH, &l[v]);
            live[v] = l[v].live;
        }
        for (uint k = 0; k < times && any_lane(live_in_any(l)); k += GF_BLOCK)
            iterate_block(l);
        parked group;
        bits escaped[GF_GROUP];
        GF_EACH(v, GF_VECTORS) {
            park(&group, v, &l[v]);
            GF_STORE_N(live[v] & ~l[v].live, v, escaped);
        }
        GF_IN_TURN(v, GF_VECTORS) {
            const uint_n place = sort_lanes(p, at + v * GF_WIDTH, &group, v, done);
            append_some(lost, &group, v, GF_LOAD_N(v, escaped), place);
        }
        if (lost->count >= GF_GROUP || at + GF_GROUP >= count)
            finish_lost(lost);
    }
}

/* ---- Tiles ------------------------------------------------------------- */

#if GF_INPUT_LIST
/* Reads `valid` complex numbers from `first` on; the other lanes repeat the last one. */
GF_INLINE void load_complex(global const real *first, uint valid, real_n *re, real_n *im) {
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

/* The part of the buffers that a work-item computes. */
typedef struct {
    uint column, row, cols, rows;
} tile;

#if GF_INPUT_LIST
/* Reads `valid` points and their c; `pixel` is the first one's. */
GF_INLINE void load_start(points *p, lanes *l, global const real *zs, global const real *cs,
                          size_t pixel, uint valid) {
    load_complex(zs + 2 * pixel, valid, &l->zr, &l->zi);
    load_complex(cs + 2 * pixel, valid, &l->cr, &l->ci);
    p->stay_out = p->stay_out && all_lanes(GF_NEVER_RETURNS(l->cr, l->ci));
}
#else
/* Coordinates of a vector of columns; those beyond the last one repeat it. */
GF_INLINE real_n column_x(uint column, real_arg x1, real_arg x_extent, real_arg x_step,
                          uint width) {
    const real_n i = GF_CONVERT_REAL_N(min(column + GF_LANES, (uint_n)(width - 1)));
#if GF_REAL_BITS == 64
    return x1 + (i * x_extent) / (real_n)(real)width;
#else
    return linear_f32_n(x1, x_step, i);
#endif
}
#endif

/* Notes the first counts of a vector, whose first `valid` lanes are points, and keeps the remaining
 * ones. */
GF_INLINE void start_lanes(points *p, const parked *group, uint v, uint place, uint valid) {
    const bits_n is_valid = GF_CONVERT_BITS_N(GF_LANES) < (bits_n)valid;
    GF_STORE_N(GF_CONVERT_UINT_N(GF_LOAD_N(v, group->count)), 0, p->tally + place);
    append_some(p, group, v, GF_LOAD_N(v, group->live) & is_valid, place + GF_LANES);
}

/* The first iterations of vectors one below the other, of which the first `rows` are in the tile.
 */
GF_INLINE void start_group(points *p, lanes *l, uint first, uint place, uint rows, uint valid) {
    GF_EACH(r, GF_START_ROWS) {
        l[r].live = -1;
        l[r].count = 0;
    }
    iterate_tested(l, GF_START_ROWS, first, p->stay_out);
    parked group;
    GF_EACH(r, GF_START_ROWS) {
        l[r].live &= is_inside(&l[r]);
        park(&group, r, &l[r]);
    }
    GF_EACH(r, GF_START_ROWS) {
        if (r < rows)
            start_lanes(p, &group, r, place + r * GF_TILE_COLS, valid);
    }
}

/* Iterations of the next pass when `rest` are still to be made: half as many as before it, so that
 * few points escape in it and few lanes idle. */
GF_INLINE uint pass_iterations(uint done, uint rest) {
    if (done < GF_FIRST + GF_SECOND)
        return min(rest, (uint)GF_SECOND);
    const uint times = max(done / 2 / GF_BLOCK * GF_BLOCK, (uint)GF_LEAST_PASS);
    return rest < times + GF_LEAST_PASS ? rest : times;
}

/* Iterates the points that remain after `done` iterations until they escape or reach max_iter. */
GF_INLINE void finish_points(points *p, points *lost, uint done, uint max_iter) {
    while (done < max_iter && p->count > 0) {
        uint times = pass_iterations(done, max_iter - done);
        if (!p->stay_out || done < GF_FIRST + GF_SECOND || times < GF_BLOCK) {
            make_tested_pass(p, done, times);
        } else {
            times -= times % GF_BLOCK;
            make_blind_pass(p, done, times, lost);
        }
        done += times;
    }
}

/* Writes a row of counts. */
GF_INLINE void write_counts(const local uint *tally, uint cols, global GF_COUNT *to) {
    uint k = 0;
    for (; k + GF_WIDTH <= cols; k += GF_WIDTH)
        GF_STORE_N(GF_JOIN(GF_JOIN(convert_, GF_COUNT), GF_WIDTH)(GF_LOAD_N(0, tally + k)), 0,
                   to + k);
    for (; k < cols; k++)
        to[k] = (GF_COUNT)tally[k];
}

/* The hint keeps Intel's compiler from making vectors of work-items as well, which took nine tenths
 * of a build and is never faster. */
kernel __attribute__((vec_type_hint(real_n))) void julia_vector(GF_ARGUMENTS) {
    local real zr[GF_POINTS + GF_GROUP], zi[GF_POINTS + GF_GROUP];
    local uint place[GF_POINTS + GF_GROUP], tally[GF_POINTS + 1];
    local real lost_zr[GF_LOST], lost_zi[GF_LOST];
    local uint lost_place[GF_LOST];
    const uint column = (uint)get_global_id(0) * GF_TILE_COLS;
    const uint row = (uint)get_global_id(1) * GF_TILE_ROWS;
    if (column >= width || row >= rows)
        return;
    const tile t = {column, row, min(width - column, (uint)GF_TILE_COLS),
                    min(rows - row, (uint)GF_TILE_ROWS)};
    points p = {.zr = zr, .zi = zi, .place = place, .tally = tally};
    points lost = {.zr = lost_zr, .zi = lost_zi, .place = lost_place, .tally = tally};
    tally[GF_POINTS] = 0; /* for points without a place */
#if GF_INPUT_LIST
    local real list_cr[GF_POINTS + GF_GROUP], list_ci[GF_POINTS + GF_GROUP];
    local real lost_cr[GF_LOST], lost_ci[GF_LOST];
    p.cr = list_cr;
    p.ci = list_ci;
    lost.cr = lost_cr;
    lost.ci = lost_ci;
    p.stay_out = 1;
#else
    p.c_re = lost.c_re = GF_VALUE(c_re);
    p.c_im = lost.c_im = GF_VALUE(c_im);
    p.stay_out = GF_NEVER_RETURNS(p.c_re, p.c_im);
#endif
    const uint first = min(max_iter, (uint)GF_FIRST);
    for (uint k = 0; k < t.cols; k += GF_WIDTH) {
        const uint valid = min(t.cols - k, (uint)GF_WIDTH);
#if !GF_INPUT_LIST
        const real_n x = column_x(t.column + k, x1, x_extent, x_step, width);
#endif
        for (uint j = 0; j < t.rows; j += GF_START_ROWS) {
            lanes l[GF_START_ROWS];
            GF_EACH(r, GF_START_ROWS) {
                const uint line = t.row + min(j + r, t.rows - 1); /* beyond: the last one again */
#if GF_INPUT_LIST
                load_start(&p, &l[r], zs, cs, (size_t)line * width + t.column + k, valid);
#else
                l[r].zr = x;
                l[r].zi = GF_Y(first_row + line);
                l[r].cr = p.c_re;
                l[r].ci = p.c_im;
#endif
            }
            start_group(&p, l, first, j * GF_TILE_COLS + k, t.rows - j, valid);
        }
    }
    finish_points(&p, &lost, first, max_iter);
    for (uint j = 0; j < t.rows; j++)
        write_counts(p.tally + j * GF_TILE_COLS, t.cols,
                     counts + ((size_t)(t.row + j) * width + t.column));
}
#endif
