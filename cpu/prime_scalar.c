/* Trial division (prime_blocks.h), the reference: one division after the other. */
#include "prime_blocks.h"

static void search_run(const job *w, uint32_t run, uint32_t end) {
    for (uint32_t block = run; block < end && !gf_kernel_cancelled(w->args); block++) {
        const uint32_t first = (w->first_block + block) * BLOCK;
        w->divisors[block] = smallest_divisor(w, first, first + BLOCK);
    }
}

uint32_t GF_KERNEL(prime)(const gf_kernel_args *args) {
    return search_blocks(args, search_run);
}
