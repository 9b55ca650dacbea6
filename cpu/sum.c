/* Sums of blocks of values, whose additions have one order on every device:
 *
 * A block is 64 rows of 256 lanes, value (row, lane) at row * 256 + lane. Each lane is summed in
 * the order of its rows, starting from +0; then the upper half of the lanes is added to the lower,
 * 128 to 128, 64 to 64, down to 1 to 1. Values missing from the last block count as +0. Leaving
 * them out gives the same sums, because a sum that starts from +0 is never -0.
 *
 * The order keeps every kind of device busy, and additions of different lanes are independent:
 * compilers make vectors of the loops over lanes, for the scalar ISA too. The accumulators, 2 KiB
 * of f64, stay in L1d, so that memory limits the rate.
 *
 * buffers: values (in), sums (out), one for each block
 * scalars: u32 count, of values
 */
#include "kernel.h"

#define BLOCK_ROWS 64
#define LANES      256
#define BLOCK      ((size_t)BLOCK_ROWS * LANES)

/* Values are read in the order of memory, one row after the other. Two to eight rows at a time save
 * loads and stores of accumulators, but took up to four times as long from memory on an EPYC. With
 * a constant for the length of a row f64 was as slow; compilers may then fuse rows on their own. */
static void add_rows(gf_real *restrict lanes, const gf_real *restrict values, size_t count) {
    for (size_t i = 0; i < count; i += LANES) {
        const size_t row = gf_smaller_size(LANES, count - i);
        for (size_t lane = 0; lane < row; lane++)
            lanes[lane] += values[i + lane];
    }
}

static gf_real sum_block(const gf_real *values, size_t count) {
    gf_real lanes[LANES] = {0};
    add_rows(lanes, values, count);
    for (size_t half = LANES / 2; half > 0; half /= 2) {
        for (size_t lane = 0; lane < half; lane++)
            lanes[lane] += lanes[half + lane];
    }
    return lanes[0];
}

uint32_t GF_KERNEL(sum)(const gf_kernel_args *args) {
    assert(args->buffer_count == 2 && args->thread_count >= 1);
    const gf_real *const values = args->buffers[0];
    gf_real *const sums = args->buffers[1];
    const size_t count = gf_arg_u32(args, "count");
    const size_t blocks = count / BLOCK + (count % BLOCK != 0 ? 1 : 0);
    assert(count >= 1);
#pragma omp parallel for schedule(static) num_threads((int)args->thread_count)
    for (size_t block = 0; block < blocks; block++) {
        const size_t first = block * BLOCK;
        if (!gf_kernel_cancelled(args))
            sums[block] = sum_block(values + first, gf_smaller_size(BLOCK, count - first));
    }
    return 0;
}
