/* The same points, LANES pairs at a time, so that the compiler makes vectors of them. */
#include <stddef.h>
#include <stdint.h>

#define MULTIPLY_HIGH(a, b) (unsigned)((uint64_t)(a) * (b) >> 32)
#include "philox.h"

#define LANES 64

static unsigned count_pairs(uint64_t first, unsigned count, unsigned key) {
    unsigned inside = 0;
    for (unsigned i = 0; i < count; i++) {
        const uint64_t index = first + i;
        unsigned four[4] = {(unsigned)index, (unsigned)(index >> 32), 0, 0};
        PHILOX(four, key);
        inside += IS_INSIDE(four[0], four[1], uint64_t);
        inside += IS_INSIDE(four[2], four[3], uint64_t);
    }
    return inside;
}

void monte_carlo_pi(uint64_t pairs, unsigned key, unsigned long *inside) {
    unsigned long sum = 0;
#pragma omp parallel for reduction(+ : sum)
    for (uint64_t first = 0; first < pairs / LANES * LANES; first += LANES)
        sum += count_pairs(first, LANES, key);
    *inside = sum + count_pairs(pairs / LANES * LANES, (unsigned)(pairs % LANES), key);
}
