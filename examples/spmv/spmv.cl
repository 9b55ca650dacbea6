/* LANES work-items share a row, so that neighbours read neighbours in memory, and add up in local
 * memory. With one each reads a row of its own, which suits processors with caches. */

kernel void spmv(const uint rows, global const uint *row_begins, global const uint *columns,
                 global const float *values, global const float *x, global float *y,
                 local float *sums) {
    const uint row = get_global_id(0) / LANES, own = get_local_id(0), lane = own % LANES;
    float sum = 0;
    if (row < rows) {
        const uint end = row_begins[row + 1];
        for (uint i = row_begins[row] + lane; i < end; i += LANES)
            sum += values[i] * x[columns[i]];
    }
#if LANES > 1
    sums[own] = sum;
    for (uint apart = LANES / 2; apart > 0; apart /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (lane < apart)
            sums[own] += sums[own + apart];
    }
    sum = sums[own];
#endif
    if (row < rows && lane == 0)
        y[row] = sum;
}
