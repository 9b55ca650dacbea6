/* Sums of blocks of values, whose additions have one order on every device:
 *
 * A block is 64 rows of 256 lanes, value (row, lane) at row * 256 + lane. Each lane is summed in
 * the order of its rows, starting from +0; then the upper half of the lanes is added to the lower,
 * 128 to 128, 64 to 64, down to 1 to 1. Values missing from the last block count as +0, which
 * changes no sum: a sum that starts from +0 is never -0, so they may as well be left out.
 *
 * The order keeps every kind of device busy, and additions of different lanes are independent:
 * compilers make vectors of the loops over lanes, for the scalar ISA too. The accumulators, 2 KiB
 * of f64, stay in L1d, so that memory is what limits the rate.
 *
 * buffers: values (in), sums (out), one for each block
 * scalars: u32 count, of values
 */
#include "kernel.h"

#define BLOCK_ROWS 64
#define LANES      256
#define BLOCK      ((size_t)BLOCK_ROWS * LANES)

/* Rows that are added to the accumulators in one go: between two visits to L1d, which otherwise
 * cost a vector ISA an eighth of the rate. */
#if GF_TARGET_SCALAR
#define ROWS_AT_ONCE 1
#else
#define ROWS_AT_ONCE 4
#endif

static inline void add_rows(gf_real *restrict lanes, const gf_real *restrict values, size_t rows) {
    for (size_t lane = 0; lane < LANES; lane++) {
        gf_real sum = lanes[lane];
        for (size_t row = 0; row < rows; row++)
            sum += values[row * LANES + lane];
        lanes[lane] = sum;
    }
}

static gf_real sum_block(const gf_real *restrict values, size_t count) {
    gf_real lanes[LANES] = {0};
    const size_t whole_rows = count / LANES, rest = count % LANES;
    size_t row = 0;
    for (; row + ROWS_AT_ONCE <= whole_rows; row += ROWS_AT_ONCE)
        add_rows(lanes, values + row * LANES, ROWS_AT_ONCE);
    for (; row < whole_rows; row++)
        add_rows(lanes, values + row * LANES, 1);
    for (size_t lane = 0; lane < rest; lane++)
        lanes[lane] += values[whole_rows * LANES + lane];
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
            sums[block] = sum_block(values + first, count - first < BLOCK ? count - first : BLOCK);
    }
    return 0;
}
