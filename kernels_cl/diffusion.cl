/* One explicit step of 2-D diffusion on a grid of rows x cols:
 *   u' = u + rate * lap,   lap = (((down + up) + right) + left) - 4 u,   added in that order.
 *
 * boundary: 0 fixed: the cells on the edge keep their value; 1 periodic: the grid wraps;
 * 2 insulated: a neighbour outside the grid is the edge cell itself.
 *
 * One launch does one step, since all cells of a step must be done before the next one starts;
 * `steps` is 1. */

#define GF_FIXED    0
#define GF_PERIODIC 1

#define GF_ARGUMENTS                                                                               \
    global const real *restrict field, global real *restrict next, real_arg rate, uint rows,       \
        uint cols, uint boundary, uint steps

/* The row or column before `index` and after it, on an axis of `count` where `index` may be on the
 * edge. */
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

static real updated(real u, real down, real up, real right, real left, real rate) {
    const real lap = (((down + up) + right) + left) - (real)4 * u;
    return u + rate * lap;
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

#ifdef GF_WIDTH
/* ---- Vectors, for CPUs ------------------------------------------------------------------------
 *
 * One work-item does GF_BLOCK_ROWS whole rows (a definition of the plan). Inside the grid it walks
 * down the columns of four rows at once, so that each vector it loads serves as the centre of one
 * row and as the neighbour of two others. */

#define GF_GROUP_ROWS 4

static real_n updated_n(real_n u, real_n down, real_n up, real_n right, real_n left, real_n rate) {
    const real_n sum = ((down + up) + right) + left;
#ifdef GF_FAST_FMA
    const real_n lap = fma((real_n)-4, u, sum); /* 4u is exact: the same bits as sum - 4u */
#else
    const real_n lap = sum - (real_n)4 * u;
#endif
    return u + rate * lap;
}

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

/* The inside of a row, one by one: for grids too narrow for a vector. */
static void narrow_row(global const real *up, global const real *at, global const real *down,
                       global real *out, real rate, uint cols) {
    for (uint col = 1; col + 1 < cols; col++)
        out[col] = updated(at[col], down[col], up[col], at[col + 1], at[col - 1], rate);
}

/* The inside of a row. The vectors start at multiples of GF_WIDTH, where rows are aligned if cols
 * is such a multiple; the first and the last overlap their neighbours and compute some cells twice,
 * which gives the same values. */
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

/* Any one row. */
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
        const real_n value = updated_n(centre, down, up, GF_LOAD_N(0, at + 1),
                                       GF_LOAD_N(0, at - 1), (real_n)rate);
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
