#include "python/compat/sum.h"

#include "stats/compensated_sum.h"

/* The build reads this line. */
#define KERNEL "sum"

/* Values of one block, as in cpu/sum.c; blocks of one part, some hundreds of microseconds of work;
 * blocks whose sums fit on the stack. */
#define BLOCK       ((size_t)16384)
#define PART_BLOCKS 64
#define BLOCKS      ((size_t)4096)

typedef struct addition {
    const double *values;
    size_t count;
    double sums[BLOCKS];
} addition;

static void add_part(void *call, size_t part) {
    addition *const a = call;
    const size_t block = part * PART_BLOCKS, rest = a->count - block * BLOCK;
    const size_t count = rest < PART_BLOCKS * BLOCK ? rest : PART_BLOCKS * BLOCK;
    /* The kernel only reads the values; the ABI has one pointer type for all buffers. */
    void *const buffers[] = {(void *)(uintptr_t)(a->values + block * BLOCK), a->sums + block};
    const gf_scalar scalars[] = {{"count", GF_TYPE_U32, {.u32 = (uint32_t)count}}};
    gf_compat_call(
        KERNEL, (gf_kernel_args){
                    .buffers = buffers, .buffer_count = 2, .scalars = scalars, .scalar_count = 1});
}

/* Adds at most BLOCKS blocks, whose sums are added in their order. */
static void add_blocks(gf_compensated_sum *total, const double *values, size_t count,
                       uint32_t threads) {
    addition a;
    a.values = values;
    a.count = count;
    gf_compat_share(threads, (count - 1) / (PART_BLOCKS * BLOCK) + 1, add_part, &a);
    for (size_t i = 0; i * BLOCK < count; i++)
        gf_compensated_add(total, a.sums[i]);
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
