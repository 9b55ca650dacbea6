/* Sums of blocks of values (sum_blocks.h), several rows at a time. */
#include "sum_blocks.h"

/* Rows that are added to the accumulators in one go. Row by row the loads and stores of the
 * accumulators in L1d would cost a vector ISA an eighth of the rate. */
#define ROWS_AT_ONCE ((size_t)4)

static inline void add_rows(gf_real *restrict lanes, const gf_real *restrict values) {
    for (size_t lane = 0; lane < LANES; lane++) {
        gf_real sum = lanes[lane];
        for (size_t row = 0; row < ROWS_AT_ONCE; row++)
            sum += values[row * LANES + lane];
        lanes[lane] = sum;
    }
}

static void add_block(gf_real *restrict lanes, const gf_real *restrict values, size_t count) {
    size_t i = 0;
    for (; i + ROWS_AT_ONCE * LANES <= count; i += ROWS_AT_ONCE * LANES)
        add_rows(lanes, values + i);
    for (; i < count; i += LANES)
        add_row(lanes, values + i, gf_smaller_size(LANES, count - i));
}

uint32_t GF_KERNEL(sum)(const gf_kernel_args *args) {
    return sum_blocks(args, add_block);
}
