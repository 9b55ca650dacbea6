/* Sums of blocks of values (sum_blocks.h), the reference: one row after the other. */
#include "sum_blocks.h"

static void add_block(gf_real *restrict lanes, const gf_real *restrict values, size_t count) {
    const size_t rest = count % LANES;
    for (size_t i = 0; i < count - rest; i += LANES)
        add_row(lanes, values + i, LANES);
    add_row(lanes, values + count - rest, rest);
}

uint32_t GF_KERNEL(sum)(const gf_kernel_args *args) {
    return sum_blocks(args, add_block);
}
