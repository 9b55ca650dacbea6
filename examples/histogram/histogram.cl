/* Each group counts in local memory, where atomic additions are cheap, in COPIES histograms, and
 * adds them to the one in global memory at its end. */

#define COUNT(value) atomic_inc(&own[value])
#define COUNT_4(v)   COUNT((v).s0), COUNT((v).s1), COUNT((v).s2), COUNT((v).s3)

kernel void histogram(const ulong n, global const uchar *values, global uint *bins,
                      local uint *counts) {
    const uint lane = get_local_id(0), lanes = get_local_size(0);
    for (uint i = lane; i < 256 * COPIES; i += lanes)
        counts[i] = 0;
    barrier(CLK_LOCAL_MEM_FENCE);

    local uint *own = counts + lane % COPIES * 256;
    const size_t stride = get_global_size(0) * 16;
    for (size_t at = get_global_id(0) * 16; at < n; at += stride) {
        if (at + 16 <= n) {
            const uchar16 v = vload16(0, values + at);
            COUNT_4(v.s0123);
            COUNT_4(v.s4567);
            COUNT_4(v.s89ab);
            COUNT_4(v.scdef);
        } else {
            for (size_t i = at; i < n; i++)
                COUNT(values[i]);
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);

    for (uint bin = lane; bin < 256; bin += lanes) {
        uint sum = 0;
        for (uint copy = 0; copy < COPIES; copy++)
            sum += counts[copy * 256 + bin];
        if (sum > 0)
            atomic_add(&bins[bin], sum);
    }
}
