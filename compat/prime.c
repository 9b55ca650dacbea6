#include "compat/prime.h"

#include "workloads/prime/candidates.h"

#define LIMIT (UINT64_C(1) << 63)
#define BLOCK 256 /* candidates of one block, as in cpu/prime_blocks.h */

uint64_t smallest_divisor(uint64_t number, uint32_t threads) {
    if (number < 2 || number >= LIMIT)
        return 0;
    const uint32_t candidates = gf_prime_candidates(number);
    uint32_t search[2] = {0, 0}; /* the smallest divisor, the blocks that were searched */
    void *const buffers[] = {search};
    const gf_scalar scalars[] = {
        {"number", GF_TYPE_U64, {.u64 = number}},
        {"candidates", GF_TYPE_U32, {.u32 = candidates}},
        {"first_block", GF_TYPE_U32, {.u32 = 0}},
        {"blocks", GF_TYPE_U32, {.u32 = candidates / BLOCK + (candidates % BLOCK != 0 ? 1 : 0)}}};
    gf_compat_call(
        "prime", candidates <= BLOCK ? 1 : threads,
        &(gf_kernel_args){
            .buffers = buffers, .buffer_count = 1, .scalars = scalars, .scalar_count = 4});
    return search[0] != 0 ? search[0] : number;
}

int check_prime(uint64_t number) {
    if (number >= LIMIT)
        return -1;
    return number >= 2 && smallest_divisor(number, 1) == number ? 1 : 0;
}
