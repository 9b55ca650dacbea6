/* One launch of the network. All comparisons put the smaller key first: a merge begins with the
 * comparisons of a block with its mirror image. So keys that are beyond n count as the greatest,
 * and stay where they are. */

#define BLOCK 1024

/* The pair-th two keys of those that are `distance` apart, or mirror images in 2 * distance. */
inline uint low_of(uint pair, uint distance, bool mirrored) {
    const uint inside = pair & (distance - 1);
    return 2 * (pair - inside) + (mirrored ? distance - 1 - inside : inside);
}

inline uint high_of(uint pair, uint distance) {
    const uint inside = pair & (distance - 1);
    return 2 * (pair - inside) + distance + inside;
}

/* Ends with a barrier. */
inline void exchange_in(local uint *block, uint distance, bool mirrored) {
    for (uint pair = get_local_id(0); pair < BLOCK / 2; pair += get_local_size(0)) {
        const uint low = low_of(pair, distance, mirrored), high = high_of(pair, distance);
        const uint a = block[low], b = block[high];
        block[low] = min(a, b);
        block[high] = max(a, b);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
}

kernel void bitonic_sort(const uint n, const uint step, global uint *keys) {
    local uint block[BLOCK];
    const uint lane = get_local_id(0), lanes = get_local_size(0), group = get_group_id(0);
    /* Merge number `merge`, counted from 1, makes blocks of BLOCK << merge in merge + 1 launches;
     * 0 sorts blocks. */
    uint merge = 0;
    while ((merge + 1) * (merge + 2) / 2 <= step)
        merge++;
    const uint launch = step - merge * (merge + 1) / 2;

    if (launch < merge) {
        const uint distance = BLOCK << (merge - 1 - launch);
        for (uint i = lane; i < BLOCK / 2; i += lanes) {
            const uint pair = group * (BLOCK / 2) + i;
            const uint low = low_of(pair, distance, launch == 0), high = high_of(pair, distance);
            if (high < n && keys[low] > keys[high]) {
                const uint held = keys[low];
                keys[low] = keys[high];
                keys[high] = held;
            }
        }
        return;
    }

    const uint first = group * BLOCK;
    for (uint i = lane; i < BLOCK; i += lanes)
        block[i] = first + i < n ? keys[first + i] : UINT_MAX;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint size = merge == 0 ? 2 : BLOCK; size <= BLOCK; size *= 2) {
        for (uint distance = size / 2; distance > 0; distance /= 2)
            exchange_in(block, distance, merge == 0 && distance == size / 2);
    }
    for (uint i = lane; i < BLOCK && first + i < n; i += lanes)
        keys[first + i] = block[i];
}
