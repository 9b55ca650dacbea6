/* Explicit steps of 2-D diffusion on a grid of rows x cols:
 *   u' = u + rate * lap,   lap = (((down + up) + right) + left) - 4 u,   added in that order.
 *
 * boundary: 0 fixed: the cells on the edge keep their value; 1 periodic: the grid wraps;
 * 2 insulated: a neighbour outside the grid is the edge cell itself.
 *
 * One launch makes `steps` steps from `field` to `next`. Work-groups cannot wait for one another,
 * so a kernel that makes several steps gives each work-group a tile with a halo: `steps` cells on
 * every side, which its neighbours compute as well. After each step the values of one more ring of
 * the halo are wrong, because their neighbours are missing; after the last step only the tile is
 * right. naive and vector make one step.
 *
 * Further definitions, from the plans of host/workloads/diffusion/diffusion_ndrange.c, choose the
 * kernel:
 *   GF_BLOCK_ROWS         vector: rows of a work-item
 *   GF_RING, GF_LIFTED    blocked: vectors of local memory; 1: lifted rows
 *   GF_GROUP, GF_STEPS    streamed: work-items of a group; the most steps of a launch
 *   GF_BUFFERS            streamed: 1 or 2 values of each level and column in local memory
 *   GF_SUB_GROUP          streamed: work-items that run in step, where a compiler may be told
 *   GF_MODERATE           1: 4 u cannot overflow for any value
 */

#define GF_FIXED    0
#define GF_PERIODIC 1

#define GF_INLINE static inline __attribute__((always_inline))

#define GF_ARGUMENTS                                                                               \
    global const real *restrict field, global real *restrict next, real_arg rate, uint rows,       \
        uint cols, uint boundary, uint steps

/* The row or column before and after `index`, which may be on the edge of an axis of `count`. */
static uint before(uint index, uint count, uint boundary) {
    if (index > 0)
        return index - 1;
    return boundary == GF_PERIODIC ? count - 1 : 0;
}

static uint after(uint index, uint count, uint boundary) {
    if (index + 1 < count)
        return index + 1;
    return boundary == GF_PERIODIC ? 0 : count - 1;
}

static int on_edge(uint index, uint count) {
    return index == 0 || index + 1 == count;
}

static real change_of(real u, real down, real up, real right, real left, real rate) {
    const real sum = ((down + up) + right) + left;
#if defined(GF_FAST_FMA) && GF_MODERATE
    return rate * fma((real)-4, u, sum); /* 4u is exact: the same bits as sum - 4u */
#else
    return rate * (sum - (real)4 * u);
#endif
}

static real updated(real u, real down, real up, real right, real left, real rate) {
    return u + change_of(u, down, up, right, left, rate);
}

/* One work-item per cell. */
kernel void diffusion_naive(GF_ARGUMENTS) {
    const uint col = (uint)get_global_id(0);
    const uint row = (uint)get_global_id(1);
    if (row >= rows || col >= cols)
        return;
    const size_t line = (size_t)row * cols;
    const real u = field[line + col];
    if (boundary == GF_FIXED && (on_edge(row, rows) || on_edge(col, cols))) {
        next[line + col] = u;
        return;
    }
    const real down = field[(size_t)after(row, rows, boundary) * cols + col];
    const real up = field[(size_t)before(row, rows, boundary) * cols + col];
    const real right = field[line + after(col, cols, boundary)];
    const real left = field[line + before(col, cols, boundary)];
    next[line + col] = updated(u, down, up, right, left, GF_VALUE(rate));
}

/* ---- Beyond the edge --------------------------------------------------- */

static int wrapped(int index, int count) {
    const int rest = index % count;
    return rest < 0 ? rest + count : rest;
}

/* The row or column to read for an index that may be beyond the edge; on fixed and insulated grids,
 * the edge itself. */
static int inside(int index, int count, uint boundary) {
    return boundary == GF_PERIODIC ? wrapped(index, count) : clamp(index, 0, count - 1);
}

/* The same for rows of a halo. Rows beyond an insulated edge mirror those before it and stay equal
 * to them, to the bit, since down + up is up + down. Columns would not: left and right are not
 * added to one another. */
static int row_of_halo(int row, int rows, uint boundary) {
    if (boundary == GF_FIXED || boundary == GF_PERIODIC)
        return inside(row, rows, boundary);
    const int mirrored = (int)(wrapped(row, 2 * rows));
    return mirrored < rows ? mirrored : 2 * rows - 1 - mirrored;
}

/* Whether a row keeps its values: the edges of a fixed grid, and the halo beyond them. */
static int is_kept(int row, int rows, uint boundary) {
    return boundary == GF_FIXED && (row <= 0 || row >= rows - 1);
}

#ifdef GF_GROUP
/* ---- Columns in registers, for GPUs ---------------------------------------
 *
 * A work-group computes a strip of GF_GROUP columns, halo included, of a band of rows; each
 * work-item walks down one column. It keeps the latest two rows of each level (level t is the state
 * after t steps) in registers: when a row of level t arrives, the row before it of level t + 1 can
 * be computed, and so on up to the last level. Only left and right neighbours pass through local
 * memory. With two buffers, used alternately, the values of the next row don't overwrite those
 * that a neighbour still reads, so that one barrier for each row is enough; with one there are two
 * barriers, and more groups fit into a compute unit.
 *
 * Nearly all rows are far from the first and the last row of the grid, and make all steps. They are
 * computed three at a time: then each of the three arrays of a column is in turn the row above, the
 * row itself and the row below, and no value is moved. */

#define GF_ROWS          3
#define GF_EACH_LEVEL(t) _Pragma("unroll") for (int t = 0; t < GF_STEPS; t++)

#if defined(cl_intel_required_subgroup_size) && defined(GF_SUB_GROUP)
#define GF_IN_STEP __attribute__((intel_reqd_sub_group_size(GF_SUB_GROUP)))
#else
#define GF_IN_STEP
#endif

/* A work-item's column. */
typedef struct {
    local real *exchange;        /* GF_BUFFERS times GF_STEPS rows of the strip */
    int lane, to_left, to_right; /* its place there, and its neighbours' */
    int turn;                    /* where the buffer of the next row begins */
    int keeps;                   /* it is a fixed edge */
    int first_done;              /* the first row whose last level is a result of this work-item */
    real rate;
} column;

GF_INLINE void send(column *c, const real *centre) {
    GF_EACH_LEVEL(t)
        c->exchange[c->turn + t * GF_GROUP + c->lane] = centre[t];
    barrier(CLK_LOCAL_MEM_FENCE);
}

/* The next level of the cell `here`; of one that keeps its value, the same: no number changes when
 * -0 is added. To choose between the two sums would take more registers. */
GF_INLINE real next_level(const column *c, int t, real here, real down, real up, int keeps) {
    local const real *row = c->exchange + c->turn + t * GF_GROUP;
    const real change = change_of(here, down, up, row[c->to_right], row[c->to_left], c->rate);
    return here + (keeps ? (real)-0.0f : change);
}

/* Lets the next row use the local memory. */
GF_INLINE void end_row(column *c) {
#if GF_BUFFERS == 2
    c->turn = GF_STEPS * GF_GROUP - c->turn;
#else
    barrier(CLK_LOCAL_MEM_FENCE);
#endif
}

/* Takes in the cell `down` of a row of the field and returns that of the last level. `up` and
 * `centre` are the latest two rows of each level; `fresh` becomes the latest. */
GF_INLINE real pass(column *c, const real *up, const real *centre, real *fresh, real down) {
    send(c, centre);
    GF_EACH_LEVEL(t) {
        const real here = centre[t];
        const real value = next_level(c, t, here, down, up[t], c->keeps);
        fresh[t] = down;
        down = value;
    }
    end_row(c);
    return down;
}

/* The same near the grid's first and last row, and for fewer levels. The latest two rows are in the
 * same arrays afterwards. */
GF_INLINE real pass_with_tests(column *c, real *up, real *centre, real down, int row, int rows,
                               uint boundary, int depth) {
    send(c, centre);
    GF_EACH_LEVEL(t) {
        if (t < depth) { /* a break would prevent unrolling */
            const real here = centre[t];
            const int keeps = c->keeps || is_kept(row - t - 1, rows, boundary);
            const real value = next_level(c, t, here, down, up[t], keeps);
            up[t] = here;
            centre[t] = down;
            down = value;
        }
    }
    end_row(c);
    return down;
}

kernel GF_IN_STEP __attribute__((reqd_work_group_size(GF_GROUP, 1, 1))) void
diffusion_streamed(GF_ARGUMENTS) {
    local real exchange[GF_BUFFERS * GF_STEPS * GF_GROUP];
    const int lane = (int)get_local_id(0);
    const int tile_cols = GF_GROUP - 2 * GF_STEPS;
    const int col = (int)get_group_id(0) * tile_cols + lane - GF_STEPS;
    const int last_col = (int)cols - 1;
    const int is_mine = lane >= GF_STEPS && lane < GF_GROUP - GF_STEPS && col <= last_col;
    const int is_first = boundary != GF_PERIODIC && col == 0;
    const int is_last = boundary != GF_PERIODIC && col == last_col;
    const int depth = (int)steps;
    const int band_rows = (int)((rows - 1) / (uint)get_num_groups(1)) + 1;
    const int band_begin = (int)get_group_id(1) * band_rows;
    const int band_end = min(band_begin + band_rows, (int)rows);
    const int end = band_end + depth;
    column c = {.exchange = exchange,
                .lane = lane,
                /* At an edge its own slot: PoCL 6.0 needs this form. */
                .to_left = is_first ? lane : max(lane - 1, 0),
                .to_right = is_last ? lane : min(lane + 1, GF_GROUP - 1),
                .turn = 0,
                .keeps = boundary == GF_FIXED && (is_first || is_last),
                .first_done = is_mine ? band_begin + depth : INT_MAX,
                .rate = GF_VALUE(rate)};
    global const real *const from = field + inside(col, (int)cols, boundary);
    global real *const to = next + col;
    /* The rows that need no test: none of their levels is on a fixed edge or beyond the grid. */
    const int plain_begin = boundary == GF_FIXED ? GF_STEPS + 1 : 0;
    const int plain_end = depth == GF_STEPS ? min(end, (int)rows) : 0;
    real a[GF_STEPS], b[GF_STEPS];
    GF_EACH_LEVEL(t)
        a[t] = b[t] = 0;
    int row = band_begin - depth;
    int stop = depth == GF_STEPS ? min(max(row, plain_begin), end) : end;
    for (int part = 0; part < 2; part++) {
        for (; row < stop; row++) {
            const int line = row_of_halo(row, (int)rows, boundary);
            const real done = pass_with_tests(&c, a, b, from[(size_t)line * cols], row, (int)rows,
                                              boundary, depth);
            if (row >= c.first_done)
                to[(size_t)(row - depth) * cols] = done;
        }
        const size_t pitch = cols;
        global const real *in = from + (long)row * (long)pitch;
        for (; row + GF_ROWS <= plain_end; row += GF_ROWS) {
            real fresh[GF_STEPS];
            const real in0 = in[0], in1 = in[pitch], in2 = in[2 * pitch];
            /* From the row's number: a second pointer that moves on would take more registers. */
            global real *const out = to + ((long)row - GF_STEPS) * (long)pitch;
            const real done0 = pass(&c, a, b, fresh, in0);
            if (row >= c.first_done)
                out[0] = done0;
            const real done1 = pass(&c, b, fresh, a, in1);
            if (row + 1 >= c.first_done)
                out[pitch] = done1;
            const real done2 = pass(&c, fresh, a, b, in2);
            if (row + 2 >= c.first_done)
                out[2 * pitch] = done2;
            in += GF_ROWS * pitch;
        }
        stop = end;
    }
}
#endif

#ifdef GF_WIDTH
/* ---- Vectors, for CPUs ------------------------------------------------- */

/* rate * lap, as in `change_of`. */
static real_n change_of_n(real_n u, real_n down, real_n up, real_n right, real_n left,
                          real_n rate) {
    const real_n sum = ((down + up) + right) + left;
#if defined(GF_FAST_FMA) && GF_MODERATE
    return rate * fma((real_n)-4, u, sum);
#else
    return rate * (sum - (real_n)4 * u);
#endif
}

static real_n updated_n(real_n u, real_n down, real_n up, real_n right, real_n left, real_n rate) {
    return u + change_of_n(u, down, up, right, left, rate);
}

#ifdef GF_BLOCK_ROWS
/* ---- One step -------------------------------------------------------------
 *
 * One work-item updates GF_BLOCK_ROWS whole rows. Inside the grid it walks down the columns of four
 * rows at once, so that each loaded vector is the centre of one row and the neighbour of two. */

#define GF_GROUP_ROWS 4

/* The first and the last cell of a row. */
static void edge_cells(global const real *up, global const real *at, global const real *down,
                       global real *out, real rate, uint cols, uint boundary) {
    const uint last = cols - 1;
    if (boundary == GF_FIXED) {
        out[0] = at[0];
        out[last] = at[last];
        return;
    }
    out[0] = updated(at[0], down[0], up[0], at[after(0, cols, boundary)],
                     at[before(0, cols, boundary)], rate);
    out[last] = updated(at[last], down[last], up[last], at[after(last, cols, boundary)],
                        at[before(last, cols, boundary)], rate);
}

/* GF_WIDTH cells from `at` on, none of them on the left or right edge. */
static real_n updated_cells(global const real *up, global const real *at, global const real *down,
                            real rate) {
    return updated_n(GF_LOAD_N(0, at), GF_LOAD_N(0, down), GF_LOAD_N(0, up), GF_LOAD_N(0, at + 1),
                     GF_LOAD_N(0, at - 1), (real_n)rate);
}

/* The inside of a row of a grid too narrow for a vector. */
static void narrow_row(global const real *up, global const real *at, global const real *down,
                       global real *out, real rate, uint cols) {
    for (uint col = 1; col + 1 < cols; col++)
        out[col] = updated(at[col], down[col], up[col], at[col + 1], at[col - 1], rate);
}

/* Interior cells. Vectors start at multiples of GF_WIDTH, where rows are aligned if cols is such a
 * multiple; the first and last overlap, so some cells are computed twice with equal results. */
static void inner_row(global const real *up, global const real *at, global const real *down,
                      global real *out, real rate, uint cols) {
    if (cols < GF_WIDTH + 2) {
        narrow_row(up, at, down, out, rate, cols);
        return;
    }
    const uint last = cols - 1 - GF_WIDTH;
    GF_STORE_N(updated_cells(up + 1, at + 1, down + 1, rate), 0, out + 1);
    for (uint col = GF_WIDTH; col <= last; col += GF_WIDTH)
        GF_STORE_N(updated_cells(up + col, at + col, down + col, rate), 0, out + col);
    GF_STORE_N(updated_cells(up + last, at + last, down + last, rate), 0, out + last);
}

/* Updates any row. */
static void update_row(global const real *field, global real *next, uint row, real rate, uint rows,
                       uint cols, uint boundary) {
    global const real *at = field + (size_t)row * cols;
    global real *out = next + (size_t)row * cols;
    if (boundary == GF_FIXED && on_edge(row, rows)) {
        for (uint col = 0; col < cols; col++)
            out[col] = at[col];
        return;
    }
    global const real *up = field + (size_t)before(row, rows, boundary) * cols;
    global const real *down = field + (size_t)after(row, rows, boundary) * cols;
    edge_cells(up, at, down, out, rate, cols, boundary);
    inner_row(up, at, down, out, rate, cols);
}

/* GF_WIDTH columns of GF_GROUP_ROWS rows, none of them on an edge; `at` is the first cell. */
static void update_columns(global const real *at, global real *out, real rate, uint cols) {
    real_n up = GF_LOAD_N(0, at - cols);
    real_n centre = GF_LOAD_N(0, at);
    for (uint k = 0; k < GF_GROUP_ROWS; k++) {
        const real_n down = GF_LOAD_N(0, at + cols);
        const real_n value =
            updated_n(centre, down, up, GF_LOAD_N(0, at + 1), GF_LOAD_N(0, at - 1), (real_n)rate);
        GF_STORE_N(value, 0, out);
        up = centre;
        centre = down;
        at += cols;
        out += cols;
    }
}

/* GF_GROUP_ROWS rows of a grid that is wide enough for vectors, none of them on its edge; `at` is
 * the first of them. */
static void update_group(global const real *at, global real *out, real rate, uint cols,
                         uint boundary) {
    for (uint k = 0; k < GF_GROUP_ROWS; k++) {
        global const real *line = at + (size_t)k * cols;
        edge_cells(line - cols, line, line + cols, out + (size_t)k * cols, rate, cols, boundary);
    }
    const uint last = cols - 1 - GF_WIDTH;
    update_columns(at + 1, out + 1, rate, cols);
    for (uint col = GF_WIDTH; col <= last; col += GF_WIDTH)
        update_columns(at + col, out + col, rate, cols);
    update_columns(at + last, out + last, rate, cols);
}

kernel void diffusion_vector(GF_ARGUMENTS) {
    const uint first = (uint)get_global_id(0) * GF_BLOCK_ROWS;
    if (first >= rows)
        return;
    const uint end = first + min(rows - first, (uint)GF_BLOCK_ROWS);
    uint row = first;
    while (row < end) {
        const uint group_end = row + GF_GROUP_ROWS;
        if (row > 0 && group_end <= end && group_end < rows && cols >= GF_WIDTH + 2) {
            const size_t line = (size_t)row * cols;
            update_group(field + line, next + line, GF_VALUE(rate), cols, boundary);
            row = group_end;
        } else {
            update_row(field, next, row, GF_VALUE(rate), rows, cols, boundary);
            row++;
        }
    }
}
#endif

#ifdef GF_RING
/* ---- Many steps, for CPUs -------------------------------------------------
 *
 * One work-item, alone in its group, computes a strip of columns of a band of rows. Rows of the
 * field come in four at a time at the top and pass through all levels (level t is the state after t
 * steps) before the next four come in. The rows are in local memory, which on CPUs is in the cache.
 * Row r of level t + 1 needs rows r - 1, r and r + 1 of level t and replaces row r - 1, which
 * nothing else needs: row r of level t is in slot r - t of a ring. Of four rows that a level has
 * made two are still in L1 when the next level reads them; two rows of each level wait in L2.
 */

#define GF_ROWS_IN        4
#define GF_EACH(i, count) _Pragma("unroll") for (uint i = 0; i < (count); i++)

/* The cells left and right of those of `here`, given its neighbouring vectors. In fixed swizzles:
 * PoCL 7.1 leaves shuffle2 a call, which takes 17 times as long. */
#if GF_WIDTH == 2
#define GF_LEFT(before, here) (real_n)((before).s1, (here).s0)
#define GF_RIGHT(here, after) (real_n)((here).s1, (after).s0)
#elif GF_WIDTH == 4
#define GF_LEFT(before, here) (real_n)((before).s3, (here).s0, (here).s1, (here).s2)
#define GF_RIGHT(here, after) (real_n)((here).s1, (here).s2, (here).s3, (after).s0)
#elif GF_WIDTH == 8
#define GF_LEFT(before, here)                                                                      \
    (real_n)((before).s7, (here).s0, (here).s1, (here).s2, (here).s3, (here).s4, (here).s5,        \
             (here).s6)
#define GF_RIGHT(here, after)                                                                      \
    (real_n)((here).s1, (here).s2, (here).s3, (here).s4, (here).s5, (here).s6, (here).s7,          \
             (after).s0)
#else
#define GF_LEFT(before, here)                                                                      \
    (real_n)((before).sf, (here).s0, (here).s1, (here).s2, (here).s3, (here).s4, (here).s5,        \
             (here).s6, (here).s7, (here).s8, (here).s9, (here).sa, (here).sb, (here).sc,          \
             (here).sd, (here).se)
#define GF_RIGHT(here, after)                                                                      \
    (real_n)((here).s1, (here).s2, (here).s3, (here).s4, (here).s5, (here).s6, (here).s7,          \
             (here).s8, (here).s9, (here).sa, (here).sb, (here).sc, (here).sd, (here).se,          \
             (here).sf, (after).s0)
#endif

#define GF_NOWHERE UINT_MAX

/* A vector that is aligned as its elements are. PoCL loads it at once, but what vload8 takes in
 * four pieces. */
typedef real_n real_n_anywhere __attribute__((aligned(GF_REAL_BITS / 8)));

/* A strip of columns with its halo, which may reach beyond the grid. */
typedef struct {
    int begin;      /* its first column; below 0: beyond the left edge */
    uint vectors;   /* of a row */
    int lifted;     /* its rows are in lifted order */
    uint edge[2];   /* places of the grid's first and last column, or GF_NOWHERE */
    uint beyond[2]; /* places of the columns beyond these */
} strip;

static uint place_of(const strip *s, int col) {
    const int index = col - s->begin;
    if (index < 0 || index >= (int)s->vectors * GF_WIDTH)
        return GF_NOWHERE;
    return s->lifted ? (uint)index % s->vectors * GF_WIDTH + (uint)index / s->vectors : (uint)index;
}

static void set_places(strip *s, int cols) {
    s->edge[0] = place_of(s, 0);
    s->edge[1] = place_of(s, cols - 1);
    s->beyond[0] = place_of(s, -1);
    s->beyond[1] = place_of(s, cols);
}

/* The columns from begin to end - 1 and the halo that they need: none beyond a fixed edge, and one
 * column beyond an insulated one, because it only mirrors the edge. */
static strip make_strip(int begin, int end, int depth, int cols, uint boundary) {
    const int most = boundary == GF_PERIODIC ? depth : boundary == GF_FIXED ? 0 : 1;
    const int first = max(begin - depth, -most), last = min(end + depth, cols + most);
    strip s;
    s.begin = first;
    s.vectors = (uint)(last - first - 1) / GF_WIDTH + 1;
    s.lifted = GF_LIFTED && s.vectors >= GF_WIDTH;
    set_places(&s, cols);
    return s;
}

/* Reads the strip's columns of a row of the field, those beyond its edges included. */
static void read_row(global const real *line, const strip *s, int cols, uint boundary,
                     local real *flat) {
    const int width = (int)s->vectors * GF_WIDTH;
    const int begin = clamp(-s->begin, 0, width), end = clamp(cols - s->begin, 0, width);
    global const real *from = line + s->begin;
    int i = 0;
    for (; i < begin; i++)
        flat[i] = line[inside(s->begin + i, cols, boundary)];
    for (; i + GF_WIDTH <= end; i += GF_WIDTH)
        *(local real_n_anywhere *)(flat + i) = *(global const real_n_anywhere *)(from + i);
    for (; i < end; i++)
        flat[i] = from[i];
    for (; i < width; i++)
        flat[i] = line[inside(s->begin + i, cols, boundary)];
}

/* Where the compiler knows such stores, a field too large for the caches is written past them, so
 * that memory is not read before it is overwritten. */
#ifdef __has_builtin
#if __has_builtin(__builtin_nontemporal_store)
#define GF_STORE_PAST_CACHES(v, to) __builtin_nontemporal_store(v, (global real_n *)(to))
#endif
#endif
#ifndef GF_STORE_PAST_CACHES
#define GF_STORE_PAST_CACHES(v, to) GF_STORE_N(v, 0, to)
#endif
/* Limit for field and next together. Past the caches, twice this size gains a tenth and half of it
 * loses some percent. */
#define GF_CACHED_BYTES (32 << 20)

/* Writes `count` cells. */
static void write_row(const local real *flat, global real *line, int count, int past_caches) {
    int i = 0;
    if (past_caches) {
        for (; i < count && (size_t)(line + i) % sizeof(real_n) != 0; i++)
            line[i] = flat[i];
        for (; i + GF_WIDTH <= count; i += GF_WIDTH)
            GF_STORE_PAST_CACHES(*(const local real_n_anywhere *)(flat + i), line + i);
    }
    for (; i + GF_WIDTH <= count; i += GF_WIDTH)
        *(global real_n_anywhere *)(line + i) = *(const local real_n_anywhere *)(flat + i);
    for (; i < count; i++)
        line[i] = flat[i];
}

#if GF_LIFTED
/* ---- Lifted rows ----------------------------------------------------------
 *
 * Lane l of vector k holds the row's position l * vectors + k (Henretty et al., CC 2011). The left
 * and right neighbours of vector k are then the vectors k - 1 and k + 1, without shuffles; only at
 * the two ends of the row the lanes move by one.
 *
 *   in the row's order    a b c d e f g h i j k l
 *   lifted                a d g j | b e h k | c f i l     (3 vectors of 4 lanes)
 *
 * Processors take many times as long for a product below the normal range. A front that spreads
 * into zeros is full of such numbers, a few columns wide, which are one vector of a row as it is,
 * but a vector each of a lifted one. So rows are lifted only as long as no such front is met. */

/* Exchanges vector and lane in a square of GF_WIDTH vectors. The vector and lane numbers of a cell
 * make one binary number; each round rotates it by one digit, so that in the end its halves have
 * changed places. */
GF_INLINE void transpose_square(real_n m[GF_WIDTH]) {
    _Pragma("unroll") for (uint round = 1; round < GF_WIDTH; round *= 2) {
        real_n next[GF_WIDTH];
        GF_EACH(i, GF_WIDTH / 2) {
            next[2 * i].even = m[i].lo;
            next[2 * i].odd = m[i + GF_WIDTH / 2].lo;
            next[2 * i + 1].even = m[i].hi;
            next[2 * i + 1].odd = m[i + GF_WIDTH / 2].hi;
        }
        GF_EACH(i, GF_WIDTH)
            m[i] = next[i];
    }
}

/* What was read: in each lane the smallest number but 0, and whether some zeros were neighbours. */
typedef struct {
    real_n least;
    bits_n zeros;
} magnitudes;

GF_INLINE void note_square(const real_n m[GF_WIDTH], magnitudes *met) {
    const real_n zero = 0, infinite = (real_n)INFINITY;
    GF_EACH(i, GF_WIDTH) {
        const real_n size = m[i] == zero ? infinite : fabs(m[i]);
        met->least = size < met->least ? size : met->least;
    }
    met->zeros |= m[0] == zero & m[1] == zero;
}

/* A last square that is not whole overlaps the one before. */
static void lift_row(const local real *flat, local real_n *lifted, uint vectors, magnitudes *met) {
    for (uint next = 0; next < vectors; next += GF_WIDTH) {
        const uint k = min(next, vectors - GF_WIDTH);
        real_n m[GF_WIDTH];
        GF_EACH(i, GF_WIDTH)
            m[i] = *(const local real_n_anywhere *)(flat + i * vectors + k);
        transpose_square(m);
        note_square(m, met);
        GF_EACH(i, GF_WIDTH)
            lifted[k + i] = m[i];
    }
}

/* The inverse. */
static void lower_row(const local real_n *lifted, local real *flat, uint vectors) {
    for (uint next = 0; next < vectors; next += GF_WIDTH) {
        const uint k = min(next, vectors - GF_WIDTH);
        real_n m[GF_WIDTH];
        GF_EACH(i, GF_WIDTH)
            m[i] = lifted[k + i];
        transpose_square(m);
        GF_EACH(i, GF_WIDTH)
            *(local real_n_anywhere *)(flat + i * vectors + k) = m[i];
    }
}

/* Whether a product of a launch may be below the normal range: where a number is that small
 * already, up to the roundings of a difference; or next to zeros, into which a value falls by the
 * rate with each step. */
static int may_be_small(const magnitudes *met, real rate, int depth) {
#if GF_REAL_BITS == 64
    const real least = DBL_MIN / DBL_EPSILON;
#else
    const real least = FLT_MIN / FLT_EPSILON;
#endif
    real of_front = least;
    for (int t = 0; t < depth; t++)
        of_front /= rate;
    return any_lane(met->least < (real_n)least) ||
           (any_lane(met->zeros) && any_lane(met->least < (real_n)of_front));
}
#endif

/* Six rows of a level, from the top, of which the inner four get their next level: it goes to the
 * first four. */
typedef struct {
    local real_n *row[6];
    uint vectors;
} window;

/* `one` is 1, which the compiler can't know. */
typedef struct {
    real_n rate, one;
} factors;

/* The next level. fma(u, 1, x) rounds as u + x does. Some processors add in two units and multiply
 * in two others; with three additions instead of four, both have alike to do. Where neighbours are
 * shuffled, that brought nothing. */
GF_INLINE real_n next_n(real_n u, real_n down, real_n up, real_n right, real_n left, factors f,
                        int lifted) {
    const real_n change = change_of_n(u, down, up, right, left, f.rate);
#ifdef GF_FAST_FMA
    if (lifted)
        return fma(u, f.one, change);
#endif
    return u + change;
}

static factors make_factors(real rate) {
    const volatile real one = 1;
    return (factors){.rate = (real_n)rate, .one = (real_n)one};
}

/* Of each inner row the vectors before `k`, at it and after it, and the one of the cells to the
 * right. */
typedef struct {
    real_n before[GF_ROWS_IN], here[GF_ROWS_IN], after[GF_ROWS_IN], right[GF_ROWS_IN];
} inner_columns;

static real_n left_in(const inner_columns *c, uint i, int lifted) {
    return lifted ? c->before[i] : GF_LEFT(c->before[i], c->here[i]);
}

/* Writes vector k of the next level and goes on to the vectors after it. */
GF_INLINE void update_inner_columns(const window *w, inner_columns *c, uint k, factors f,
                                    int lifted) {
    const real_n *const here = c->here, *const right = c->right;
    const real_n up = w->row[0][k], down = w->row[5][k];
    w->row[0][k] = next_n(here[0], here[1], up, right[0], left_in(c, 0, lifted), f, lifted);
    w->row[1][k] = next_n(here[1], here[2], here[0], right[1], left_in(c, 1, lifted), f, lifted);
    w->row[2][k] = next_n(here[2], here[3], here[1], right[2], left_in(c, 2, lifted), f, lifted);
    w->row[3][k] = next_n(here[3], down, here[2], right[3], left_in(c, 3, lifted), f, lifted);
    GF_EACH(i, GF_ROWS_IN) {
        c->before[i] = here[i];
        c->here[i] = c->after[i];
    }
}

/* There are 32 registers of 64 bytes, which hold all inner rows.
 *
 * Of rows that are not lifted, the cells to the right are loaded: a load that crosses two lines of
 * the cache costs less than a shuffle, which takes the place of arithmetic. Those to the left can't
 * be: the next level is already there. */
GF_INLINE void update_four(const window *w, factors f, const int lifted) {
    const uint last = w->vectors - 1;
    inner_columns c;
    real_n first[GF_ROWS_IN];
    GF_EACH(i, GF_ROWS_IN) {
        const real_n end = w->row[i + 1][last];
        first[i] = c.here[i] = w->row[i + 1][0];
        c.before[i] = GF_LEFT(end, end); /* beyond the halo any value will do */
    }
    for (uint k = 0; k < last; k++) {
        GF_EACH(i, GF_ROWS_IN) {
            c.after[i] = w->row[i + 1][k + 1];
            c.right[i] =
                lifted ? c.after[i] : GF_LOAD_N(0, (const local real *)(w->row[i + 1] + k) + 1);
        }
        update_inner_columns(w, &c, k, f, lifted);
    }
    GF_EACH(i, GF_ROWS_IN) { /* nothing is loaded beyond the row */
        const real_n next = lifted ? first[i] : c.here[i];
        c.right[i] = GF_RIGHT(next, next);
    }
    update_inner_columns(w, &c, last, f, lifted);
}

#if GF_WIDTH * GF_REAL_BITS < 512
/* Writes the next level of rows b and c into a and b. */
static void update_pair(local real_n *a, local real_n *b, const local real_n *c,
                        const local real_n *d, uint vectors, factors f) {
    const uint last = vectors - 1;
    real_n b_before = b[0], c_before = c[0]; /* beyond the halo any value will do */
    real_n b_here = b[0], c_here = c[0];
    for (uint k = 0; k < vectors; k++) {
        const uint after = min(k + 1, last);
        const real_n b_after = b[after], c_after = c[after];
        const real_n a_new = next_n(b_here, c_here, a[k], GF_RIGHT(b_here, b_after),
                                    GF_LEFT(b_before, b_here), f, 0);
        const real_n b_new = next_n(c_here, d[k], b_here, GF_RIGHT(c_here, c_after),
                                    GF_LEFT(c_before, c_here), f, 0);
        a[k] = a_new;
        b[k] = b_new;
        b_before = b_here;
        c_before = c_here;
        b_here = b_after;
        c_here = c_after;
    }
}
#endif

static void update_inner(const window *w, factors f, int lifted) {
    if (lifted) {
        update_four(w, f, 1);
        return;
    }
#if GF_WIDTH * GF_REAL_BITS >= 512
    update_four(w, f, 0);
#else
    update_pair(w->row[0], w->row[1], w->row[2], w->row[3], w->vectors, f);
    update_pair(w->row[2], w->row[3], w->row[4], w->row[5], w->vectors, f);
#endif
}

/* Writes the next level of row b into a; a kept row is copied. */
static void update_single(local real_n *a, const local real_n *b, const local real_n *c,
                          uint vectors, factors f, int kept, int lifted) {
    const real_n first = b[0], end = b[vectors - 1];
    real_n before = GF_LEFT(end, end), here = first; /* beyond the halo any value will do */
    for (uint k = 0; k < vectors; k++) {
        const real_n after = k + 1 < vectors ? b[k + 1] : GF_RIGHT(first, first);
        const real_n left = lifted ? before : GF_LEFT(before, here);
        const real_n right = lifted ? after : GF_RIGHT(here, after);
        a[k] = kept ? here : next_n(here, c[k], a[k], right, left, f, lifted);
        before = here;
        here = after;
    }
}

/* Corrects a row's next level at the edges of the grid: a fixed edge gets the value it held before,
 * the column beyond an insulated edge the value the edge has now. */
static void correct_edges(local real *row, const real held[2], const strip *s, uint boundary) {
    for (uint e = 0; e < 2; e++) {
        if (s->edge[e] == GF_NOWHERE || boundary == GF_PERIODIC)
            continue;
        if (boundary == GF_FIXED)
            row[s->edge[e]] = held[e];
        else if (s->beyond[e] != GF_NOWHERE)
            row[s->beyond[e]] = row[s->edge[e]];
    }
}

static void read_edges(const local real *row, const strip *s, real held[2]) {
    for (uint e = 0; e < 2; e++)
        held[e] = s->edge[e] == GF_NOWHERE ? 0 : row[s->edge[e]];
}

/* The next level of a window, whose first inner row has the number `first`. */
static void update_rows(const window *w, const strip *s, int first, int rows, uint boundary,
                        factors f) {
    real held[GF_ROWS_IN][2];
    int kept = 0;
    for (int i = 0; i < GF_ROWS_IN; i++) {
        read_edges((local real *)w->row[i + 1], s, held[i]);
        kept |= is_kept(first + i, rows, boundary);
    }
    if (kept) {
        for (int i = 0; i < GF_ROWS_IN; i++)
            update_single(w->row[i], w->row[i + 1], w->row[i + 2], w->vectors, f,
                          is_kept(first + i, rows, boundary), s->lifted);
    } else {
        update_inner(w, f, s->lifted);
    }
    for (int i = 0; i < GF_ROWS_IN; i++)
        correct_edges((local real *)w->row[i], held[i], s, boundary);
}

/* Whether any of four rows is: nothing inside the grid depends on rows beyond a fixed edge. */
static int is_needed(int first, int rows, uint boundary) {
    return boundary != GF_FIXED || (first + GF_ROWS_IN > 0 && first < rows);
}

/* The slot `count` slots on, or back, in a ring of `slots`. */
static uint slot_after(uint slot, uint count, uint slots) {
    return slot + count < slots ? slot + count : slot + count - slots;
}

static uint slot_before(uint slot, uint count, uint slots) {
    return slot >= count ? slot - count : slot + slots - count;
}

/* Whether the six rows of a window, `vectors` apart, are at least three lines of a cache apart
 * modulo a page. Processors compare addresses without their upper bits, and a load that seems to
 * need an earlier store waits for it. */
static int rows_avoid_aliases(uint vectors) {
    const uint page = 4096, least = 3 * 64;
    int avoid = 1;
    for (uint rows = 1; rows < GF_ROWS_IN + 2; rows++) {
        const uint distance = rows * vectors * (uint)sizeof(real_n) % page;
        avoid &= distance >= least && distance <= page - least;
    }
    return avoid;
}

/* diffusion_ndrange.c counts on it. */
static uint row_pitch(uint vectors) {
    while (!rows_avoid_aliases(vectors))
        vectors++;
    return vectors;
}

/* The rows of a work-item, and what it makes of them. */
typedef struct {
    local real_n *ring, *spare; /* `slots` rows; one more */
    uint slots, pitch;          /* `pitch` vectors apart */
    strip s;
#if GF_LIFTED
    magnitudes met;
#endif
} rows_of_tile;

static local real_n *row_in(const rows_of_tile *r, uint slot, uint count) {
    return r->ring + slot_after(slot, count, r->slots) * r->pitch;
}

/* Reads a row of the field into the ring. */
static void take_row(rows_of_tile *r, local real_n *to, global const real *line, int cols,
                     uint boundary) {
#if GF_LIFTED
    if (r->s.lifted) {
        read_row(line, &r->s, cols, boundary, (local real *)r->spare);
        lift_row((local real *)r->spare, to, r->s.vectors, &r->met);
        return;
    }
#endif
    read_row(line, &r->s, cols, boundary, (local real *)to);
}

/* A row of the ring in the order of its columns. */
static const local real *columns_of(const rows_of_tile *r, const local real_n *row) {
#if GF_LIFTED
    if (r->s.lifted) {
        lower_row(row, (local real *)r->spare, r->s.vectors);
        return (const local real *)r->spare;
    }
#endif
    return (const local real *)row;
}

#if GF_LIFTED
/* Puts all rows back into their order. */
static void lower_ring(rows_of_tile *r, int cols) {
    for (uint slot = 0; slot < r->slots; slot++) {
        local real_n *const row = row_in(r, slot, 0);
        lower_row(row, (local real *)r->spare, r->s.vectors);
        for (uint k = 0; k < r->s.vectors; k++)
            row[k] = r->spare[k];
    }
    r->s.lifted = 0;
    set_places(&r->s, cols);
}
#endif

kernel void diffusion_blocked(GF_ARGUMENTS) {
    local real_n ring[GF_RING];
    const int depth = (int)steps;
    const int tile_cols = (int)((cols - 1) / (uint)get_global_size(0)) + 1;
    const int tile_rows = (int)((rows - 1) / (uint)get_global_size(1)) + 1;
    const int begin = (int)get_global_id(0) * tile_cols, end = min(begin + tile_cols, (int)cols);
    const int top = (int)get_global_id(1) * tile_rows, bottom = min(top + tile_rows, (int)rows);
    if (begin >= end || top >= bottom)
        return;
    rows_of_tile r = {.ring = ring,
                      .slots = 2 * steps + GF_ROWS_IN,
                      .s = make_strip(begin, end, depth, (int)cols, boundary)};
    r.pitch = row_pitch(r.s.vectors);
    r.spare = ring + r.slots * r.pitch;
#if GF_LIFTED
    r.met = (magnitudes){.least = (real_n)INFINITY, .zeros = 0};
#endif
    const int past_caches = (size_t)rows * cols * 2 * sizeof(real) > GF_CACHED_BYTES;
    const int first_row = top - depth;
    const factors f = make_factors(GF_VALUE(rate));
    uint slot = 0;
    for (int row = first_row; row < bottom + depth; row += GF_ROWS_IN) {
        for (int i = 0; i < GF_ROWS_IN; i++) {
            const int line = row_of_halo(row + i, (int)rows, boundary);
            take_row(&r, row_in(&r, slot, i), field + (size_t)line * cols, (int)cols, boundary);
        }
#if GF_LIFTED
        if (r.s.lifted && may_be_small(&r.met, GF_VALUE(rate), depth))
            lower_ring(&r, (int)cols);
#endif
        /* Level t is right from t rows below the top of the halo on. */
        const int levels = min((row - first_row) / 2 + 1, depth);
        uint from = slot;
        for (int t = 0; t < levels; t++) {
            const uint to = slot_before(from, 2, r.slots);
            const int first = row - t - 1;
            window w = {.vectors = r.s.vectors};
            for (uint i = 0; i < GF_ROWS_IN + 2; i++)
                w.row[i] = row_in(&r, to, i);
            if (is_needed(first, (int)rows, boundary))
                update_rows(&w, &r.s, first, (int)rows, boundary, f);
            from = to;
        }
        for (int i = 0; i < GF_ROWS_IN; i++) {
            const int done = row - depth + i;
            if (done < top || done >= bottom)
                continue;
            write_row(columns_of(&r, row_in(&r, from, i)) + (begin - r.s.begin),
                      next + (size_t)done * cols + begin, end - begin, past_caches);
        }
        slot = slot_after(slot, GF_ROWS_IN, r.slots);
    }
}
#endif
#endif
