/* Julia set, escape time: for each pixel z of a grid, how often z = z^2 + c can be applied before
 * |z|^2 >= 4, at most max_iter times.
 *
 * Further definitions, from the plan of host/workloads/julia.c:
 *   GF_COUNT        ushort or uint: the type of a count
 *   GF_INPUT_LIST   1: z and c of each pixel come in buffers; 0: z is computed, c is one scalar
 *   GF_NO_RETURN    vector: 1: no escaped z ever comes back inside
 *   GF_UNROLL       unrolled: iterations between two tests
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
 * One work-item does a tile of GF_WIDTH columns and 4 rows: four vectors in flight hide the latency
 * of the chain from one z to the next, and a tile that is nearly square has pixels that escape at
 * nearly the same time. Compilers do not vectorise a loop that each pixel leaves on its own, so the
 * vectors are explicit: lanes that escaped go on being computed, and are no longer counted. */

#define GF_TILE_ROWS 4
/* Iterations between two looks at whether the tile is done: rare enough to cost little, and few
 * enough to waste little. */
#define GF_BLOCK 8
/* Iterations after which most lanes that escape have done so, and trying without tests pays. */
#define GF_SETTLED 32

typedef GF_JOIN(GF_COUNT, GF_WIDTH) count_n;
#define GF_CONVERT_COUNT_N GF_JOIN(GF_JOIN(convert_, GF_COUNT), GF_WIDTH)

/* One vector of pixels on its way. */
typedef struct {
    real_n zr, zi, cr, ci;
    bits_n live;  /* all bits set in the lanes that have not escaped */
    bits_n count; /* of iterations */
} lanes;

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
static void iterate(lanes *l) {
    const real_n a = l->zr * l->zr;
    const real_n b = l->zi * l->zi;
    l->live &= a + b < (real_n)4;
    l->count -= l->live;
    advance(l, a, b);
}

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

/* Writes the first `valid` lanes. */
static void store_counts(bits_n count, uint valid, global GF_COUNT *first) {
    const count_n narrow = GF_CONVERT_COUNT_N(count);
    if (valid >= GF_WIDTH) {
        GF_STORE_N(narrow, 0, first);
        return;
    }
    GF_COUNT narrow_lanes[GF_WIDTH];
    GF_STORE_N(narrow, 0, narrow_lanes);
    for (uint k = 0; k < valid; k++)
        first[k] = narrow_lanes[k];
}

/* GF_BLOCK iterations of the lanes that are still live. */
static void iterate_block(lanes *l0, lanes *l1, lanes *l2, lanes *l3) {
    for (uint k = 0; k < GF_BLOCK; k++) {
        iterate(l0);
        iterate(l1);
        iterate(l2);
        iterate(l3);
    }
}

#if GF_NO_RETURN
/* One iteration without a look at which lanes are live. */
static void iterate_blindly(lanes *l) {
    advance(l, l->zr * l->zr, l->zi * l->zi);
}

/* Counts a block of blind iterations. Returns the lanes that were live before it and are not now;
 * if there are any, the count is not right. */
static bits_n count_block(lanes *l) {
    const bits_n live = l->live & (l->zr * l->zr + l->zi * l->zi < (real_n)4);
    const bits_n lost = l->live ^ live;
    l->count += l->live & (bits_n)GF_BLOCK;
    return lost;
}

/* Like iterate_block, without a test in each iteration: since an escaped lane does not come back,
 * a test at the end shows whether one escaped on the way. Returns 0 and changes nothing if so. */
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
#else
static int try_block(lanes *l0, lanes *l1, lanes *l2, lanes *l3) {
    return 0;
}
#endif

/* Iterates a tile until all its lanes have escaped or done max_iter iterations. */
static void iterate_tile(lanes *tile, uint max_iter) {
    lanes l0 = tile[0], l1 = tile[1], l2 = tile[2], l3 = tile[3];
    uint n = 0;
    while (max_iter - n >= GF_BLOCK && any(l0.live | l1.live | l2.live | l3.live)) {
        if (n < GF_SETTLED || !try_block(&l0, &l1, &l2, &l3))
            iterate_block(&l0, &l1, &l2, &l3);
        n += GF_BLOCK;
    }
    const uint rest = max_iter - n < GF_BLOCK ? max_iter - n : 0; /* else all have escaped */
    for (uint k = 0; k < rest; k++) {
        iterate(&l0);
        iterate(&l1);
        iterate(&l2);
        iterate(&l3);
    }
    tile[0] = l0;
    tile[1] = l1;
    tile[2] = l2;
    tile[3] = l3;
}

kernel void julia_vector(GF_ARGUMENTS) {
    const uint column = (uint)get_global_id(0) * GF_WIDTH;
    const uint row = (uint)get_global_id(1) * GF_TILE_ROWS;
    if (column >= width || row >= rows)
        return;
    const uint valid = min(width - column, (uint)GF_WIDTH);
    lanes tile[GF_TILE_ROWS];
#if !GF_INPUT_LIST
    const uint_n i = min(column + GF_LANES, (uint_n)(width - 1));
#if GF_REAL_BITS == 64
    const real_n x = x1 + (GF_CONVERT_REAL_N(i) * x_extent) / (real_n)(real)width;
#else
    const real_n x = linear_f32_n(x1, x_step, GF_CONVERT_REAL_N(i));
#endif
#endif
    for (uint k = 0; k < GF_TILE_ROWS; k++) {
        const uint tile_row = min(row + k, rows - 1); /* rows beyond repeat the last one */
#if GF_INPUT_LIST
        const size_t pixel = (size_t)tile_row * width + column;
        load_complex(zs + 2 * pixel, valid, &tile[k].zr, &tile[k].zi);
        load_complex(cs + 2 * pixel, valid, &tile[k].cr, &tile[k].ci);
#else
        tile[k].zr = x;
        tile[k].zi = GF_Y(first_row + tile_row);
        tile[k].cr = GF_VALUE(c_re);
        tile[k].ci = GF_VALUE(c_im);
#endif
        tile[k].live = -1;
        tile[k].count = 0;
    }
    iterate_tile(tile, max_iter);
    for (uint k = 0; k < GF_TILE_ROWS && row + k < rows; k++)
        store_counts(tile[k].count, valid, counts + ((size_t)(row + k) * width + column));
}
#endif
