/* Trial division (prime_blocks.h), the reference: one division after the other. */
#include "prime_blocks.h"

static void search_run(job *w, uint32_t run, uint32_t end) {
    for (uint32_t block = run; block < end && is_needed(w, block); block++) {
        const uint32_t first = first_of(w, block);
        if (find_divisor(w, first, first + BLOCK))
            return;
    }
}

uint32_t GF_KERNEL(prime)(const gf_kernel_args *args) {
    return search_blocks(args, search_run);
}
