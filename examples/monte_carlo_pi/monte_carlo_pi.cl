/* Each work-item counts its 1024 points; then one group adds up all counts. */

#define MULTIPLY_HIGH(a, b) mul_hi((uint)(a), (uint)(b))
#include "philox.h"

#define PAIRS 512 /* of points, in each work-item */

kernel void count_hits(const ulong pairs, const uint key, global uint *hits) {
    const ulong stream = get_global_id(0);
    if (stream * PAIRS >= pairs && stream > 0)
        return;
    const ulong first = stream * PAIRS;
    const uint count = (uint)min((ulong)PAIRS, pairs - first);
    uint inside = 0;
    for (uint i = 0; i < count; i++) {
        const ulong index = first + i;
        uint four[4] = {(uint)index, (uint)(index >> 32), 0, 0};
        PHILOX(four, key);
        inside += IS_INSIDE(four[0], four[1], ulong);
        inside += IS_INSIDE(four[2], four[3], ulong);
    }
    hits[stream] = inside;
}

kernel void add_hits(const ulong streams, global const uint *hits, global ulong *inside,
                     local ulong *sums) {
    const uint lane = get_local_id(0), lanes = get_local_size(0);
    ulong sum = 0;
    for (ulong i = lane; i < streams; i += lanes)
        sum += hits[i];
    sums[lane] = sum;
    barrier(CLK_LOCAL_MEM_FENCE);
    if (lane == 0 && get_group_id(0) == 0) {
        for (uint i = 1; i < lanes; i++)
            sum += sums[i];
        inside[0] = sum;
    }
}
