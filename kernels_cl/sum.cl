/* Sums of blocks of 64 rows x 256 lanes of values: the lanes in the order of their rows, starting
 * from +0, then the upper half of the lanes added to the lower until one is left. cpu/sum.c
 * has the whole definition; every variant adds in this order, so that all give the same bits.
 */
#define BLOCK_ROWS 64
#define LANES      256
#define BLOCK      ((size_t)BLOCK_ROWS * LANES)

/* One work-item per block, with its 256 accumulators in private memory. Good for a CPU, whose
 * compiler makes vectors of the loops over lanes; on a GPU they spill, and neighbours read far
 * apart. */
kernel void sum_naive(global const real *restrict values, global real *restrict sums, uint count) {
    const size_t block = get_global_id(0);
    const size_t first = block * BLOCK;
    if (first >= count)
        return;
    const size_t valid = min((size_t)count - first, BLOCK);
    global const real *restrict row = values + first;
    real lanes[LANES];
    for (uint lane = 0; lane < LANES; lane++)
        lanes[lane] = 0;
    for (size_t k = 0; k < valid / LANES; k++, row += LANES) {
        for (uint lane = 0; lane < LANES; lane++)
            lanes[lane] += row[lane];
    }
    for (uint lane = 0; lane < valid % LANES; lane++)
        lanes[lane] += row[lane];
    for (uint width = LANES / 2; width > 0; width /= 2) {
        for (uint lane = 0; lane < width; lane++)
            lanes[lane] += lanes[width + lane];
    }
    sums[block] = lanes[0];
}

/* One work-group per block. A work-item has neighbouring lanes, as many as 16 bytes hold, which it
 * reads in one piece; the lanes meet in local memory. */
#if GF_REAL_BITS == 64
#define ITEM_LANES 2
typedef double2 item, pair_of_lanes;
#else
#define ITEM_LANES 4
typedef float4 item;
typedef float2 pair_of_lanes;
#endif
#define ITEMS (LANES / ITEM_LANES)

/* The sum of a work-item's lanes over whole rows; `at` is its place in the first one. */
static item sum_of_rows(global const real *at, size_t rows) {
    item sum = 0;
#pragma unroll 4
    for (size_t k = 0; k < rows; k++)
        sum += ((global const item *)at)[k * ITEMS];
    return sum;
}

/* What a row of `count` values, fewer than LANES, has for the lanes from `first` on; nothing is 0,
 * which changes no sum: it began with +0, and so is not -0. */
static item part_of_row(global const real *row, size_t first, size_t count) {
    real lanes[ITEM_LANES];
#pragma unroll
    for (size_t k = 0; k < ITEM_LANES; k++)
        lanes[k] = first + k < count ? row[first + k] : 0;
#if ITEM_LANES == 2
    return (item)(lanes[0], lanes[1]);
#else
    return (item)(lanes[0], lanes[1], lanes[2], lanes[3]);
#endif
}

kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void
sum_group(global const real *restrict values, global real *restrict sums, uint count) {
    local item shared[ITEMS];
    const size_t me = get_local_id(0);
    const size_t block = get_global_id(1);
    const size_t valid = min((size_t)count - block * BLOCK, BLOCK);
    global const real *const first = values + block * BLOCK;
    const size_t rows = valid / LANES;
    item sum = sum_of_rows(first + me * ITEM_LANES, rows);
    if (valid % LANES != 0)
        sum += part_of_row(first + rows * LANES, me * ITEM_LANES, valid % LANES);
    shared[me] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint width = ITEMS / 2; width > 0; width /= 2) {
        if (me < width)
            shared[me] += shared[width + me];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (me == 0) {
#if ITEM_LANES == 2
        const pair_of_lanes pair = shared[0];
#else
        const pair_of_lanes pair = shared[0].lo + shared[0].hi;
#endif
        sums[block] = pair.x + pair.y;
    }
}
