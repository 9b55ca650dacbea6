/* The sums of all elements up to each one. */

#define BLOCK 1024 /* elements of a group */

/* The sum of what the lanes before this one give, and in *total that of all. */
inline uint sum_before(uint own, local uint *lane_sums, uint *total) {
    const uint lane = get_local_id(0), lanes = get_local_size(0);
    lane_sums[lane] = own;
    for (uint apart = 1; apart < lanes; apart *= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        const uint before = lane >= apart ? lane_sums[lane - apart] : 0;
        barrier(CLK_LOCAL_MEM_FENCE);
        lane_sums[lane] += before;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    *total = lane_sums[lanes - 1];
    const uint sum = lane_sums[lane] - own;
    barrier(CLK_LOCAL_MEM_FENCE);
    return sum;
}

kernel void scan_blocks(const uint n, global const uint *x, global uint *sums, global uint *totals,
                        local uint *lane_sums) {
    local uint block[BLOCK];
    const uint lane = get_local_id(0), lanes = get_local_size(0), first = get_group_id(0) * BLOCK;
    for (uint i = lane; i < BLOCK; i += lanes)
        block[i] = first + i < n ? x[first + i] : 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    /* Each lane has some neighbours. */
    const uint each = (BLOCK + lanes - 1) / lanes, begin = min(lane * each, (uint)BLOCK);
    const uint end = min(begin + each, (uint)BLOCK);
    uint own = 0, total;
    for (uint i = begin; i < end; i++) {
        own += block[i];
        block[i] = own;
    }
    const uint before = sum_before(own, lane_sums, &total);
    for (uint i = begin; i < end; i++)
        block[i] += before;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint i = lane; i < BLOCK && first + i < n; i += lanes)
        sums[first + i] = block[i];
    if (lane == 0)
        totals[get_group_id(0)] = total;
}

/* Each total becomes the sum of those before it. */
kernel void scan_totals(const uint blocks, global uint *totals, local uint *lane_sums) {
    const uint lane = get_local_id(0), lanes = get_local_size(0);
    uint before = 0;
    for (uint first = 0; first < blocks; first += lanes) {
        const uint own = first + lane < blocks ? totals[first + lane] : 0;
        uint total;
        const uint sum = before + sum_before(own, lane_sums, &total);
        if (first + lane < blocks)
            totals[first + lane] = sum;
        before += total;
    }
}

kernel void add_totals(const uint n, global const uint *totals, global uint *sums) {
    const uint i = get_global_id(0);
    if (i < n)
        sums[i] += totals[i / BLOCK];
}
