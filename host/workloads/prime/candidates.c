#include "workloads/prime/candidates.h"

#include <math.h>

/* sqrt errs by at most a rounding, which divisions correct without overflow. */
uint64_t gf_integer_root(uint64_t number) {
    uint64_t root = (uint64_t)sqrt((double)number);
    while (root > 0 && root > number / root)
        root--;
    while (root + 1 <= number / (root + 1))
        root++;
    return root;
}

/* The number of candidates 2, 3, 5, 7, 11, 13, 17, 19, 23, 25 ... up to `limit`: 2, 3, and the
 * numbers prime to 6, which are 2 of every 6, except 1. */
static uint32_t count_candidates(uint64_t limit) {
    if (limit < 5)
        return limit < 2 ? 0 : limit < 3 ? 1 : 2;
    const uint64_t rest = limit % 6;
    return (uint32_t)(2 + 2 * (limit / 6) + (rest >= 1 ? 1 : 0) + (rest == 5 ? 1 : 0) - 1);
}

uint32_t gf_prime_candidates(uint64_t number) {
    return count_candidates(gf_integer_root(number));
}
