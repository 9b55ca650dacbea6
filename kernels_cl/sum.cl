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

/* One work-group per block and one work-item per lane: neighbours read neighbours, and the lanes
 * meet in local memory. */
kernel __attribute__((reqd_work_group_size(LANES, 1, 1))) void
sum_group(global const real *restrict values, global real *restrict sums, uint count) {
    local real lanes[LANES];
    const size_t lane = get_local_id(0);
    const size_t block = get_global_id(1);
    const size_t first = block * BLOCK;
    const size_t end = first + min((size_t)count - first, BLOCK);
    real sum = 0;
    for (size_t i = first + lane; i < end; i += LANES)
        sum += values[i];
    lanes[lane] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint width = LANES / 2; width > 0; width /= 2) {
        if (lane < width)
            lanes[lane] += lanes[width + lane];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (lane == 0)
        sums[block] = lanes[0];
}
