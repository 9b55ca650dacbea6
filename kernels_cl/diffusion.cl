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

/* One cell of the inside of a row whose neighbour rows are `up` and `down`. */
static real inner_cell(global const real *up, global const real *at, global const real *down,
                       uint col, real rate) {
    return updated(at[col], down[col], up[col], at[col + 1], at[col - 1], rate);
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
    uint col = 1;
    for (; col + GF_WIDTH < cols; col += GF_WIDTH) {
        const real_n value = updated_n(GF_LOAD_N(0, at + col), GF_LOAD_N(0, down + col),
                                       GF_LOAD_N(0, up + col), GF_LOAD_N(0, at + col + 1),
                                       GF_LOAD_N(0, at + col - 1), (real_n)rate);
        GF_STORE_N(value, 0, out + col);
    }
    for (; col + 1 < cols; col++)
        out[col] = inner_cell(up, at, down, col, rate);
}

/* GF_GROUP_ROWS rows, none of them on the edge of the grid. `at` is the first of them. */
static void update_group(global const real *at, global real *out, real rate, uint cols,
                         uint boundary) {
    for (uint k = 0; k < GF_GROUP_ROWS; k++) {
        global const real *line = at + (size_t)k * cols;
        edge_cells(line - cols, line, line + cols, out + (size_t)k * cols, rate, cols, boundary);
    }
    uint col = 1;
    for (; col + GF_WIDTH < cols; col += GF_WIDTH) {
        global const real *line = at + col;
        global real *target = out + col;
        real_n up = GF_LOAD_N(0, line - cols);
        real_n centre = GF_LOAD_N(0, line);
        for (uint k = 0; k < GF_GROUP_ROWS; k++) {
            const real_n down = GF_LOAD_N(0, line + cols);
            const real_n value = updated_n(centre, down, up, GF_LOAD_N(0, line + 1),
                                           GF_LOAD_N(0, line - 1), (real_n)rate);
            GF_STORE_N(value, 0, target);
            up = centre;
            centre = down;
            line += cols;
            target += cols;
        }
    }
    for (; col + 1 < cols; col++) {
        for (uint k = 0; k < GF_GROUP_ROWS; k++) {
            global const real *line = at + (size_t)k * cols;
            out[(size_t)k * cols + col] = inner_cell(line - cols, line, line + cols, col, rate);
        }
    }
}

kernel void diffusion_vector(GF_ARGUMENTS) {
    const uint first = (uint)get_global_id(0) * GF_BLOCK_ROWS;
    if (first >= rows)
        return;
    const uint end = first + min(rows - first, (uint)GF_BLOCK_ROWS);
    uint row = first;
    while (row < end) {
        const uint group_end = row + GF_GROUP_ROWS;
        if (row > 0 && group_end <= end && group_end < rows) {
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
