#include "compat/sum.h"

#include "stats/compensated_sum.h"

#define BLOCK  ((size_t)16384) /* values of one block, as in cpu/sum.c */
#define BLOCKS 4096            /* of one call; their sums fit on the stack */

/* Adds at most BLOCKS blocks. */
static void add_blocks(gf_compensated_sum *total, const double *values, size_t count,
                       uint32_t threads) {
    double sums[BLOCKS];
    /* The kernel only reads the values; the ABI has one pointer type for all buffers. */
    void *const buffers[] = {(void *)(uintptr_t)values, sums};
    const gf_scalar scalars[] = {{"count", GF_TYPE_U32, {.u32 = (uint32_t)count}}};
    gf_compat_call(
        "sum", count <= BLOCK ? 1 : threads,
        &(gf_kernel_args){
            .buffers = buffers, .buffer_count = 2, .scalars = scalars, .scalar_count = 1});
    for (size_t i = 0; i * BLOCK < count; i++)
        gf_compensated_add(total, sums[i]);
}

double sum_values(const double *values, size_t count, uint32_t threads) {
    if (values == NULL && count > 0)
        return NAN;
    gf_compensated_sum total = {0};
    for (size_t first = 0; first < count; first += BLOCK * BLOCKS) {
        const size_t rest = count - first;
        add_blocks(&total, values + first, rest < BLOCK * BLOCKS ? rest : BLOCK * BLOCKS, threads);
    }
    return gf_compensated_value(&total);
}
