/* Sums of blocks of values (sum_blocks.h), the reference: one row after the other. */
#include "sum_blocks.h"

static void add_block(gf_real *restrict lanes, const gf_real *restrict values, size_t count) {
    for (size_t i = 0; i < count; i += LANES)
        add_row(lanes, values + i, gf_smaller_size(LANES, count - i));
}

uint32_t GF_KERNEL(sum)(const gf_kernel_args *args) {
    return sum_blocks(args, add_block);
}
