/* A Feistel network of four rounds shuffles all numbers of 2 * half_bits bits (M. Luby and C.
 * Rackoff, "How to Construct Pseudorandom Permutations from Pseudorandom Functions", 1988). Numbers
 * from `count` on are shuffled again until one is below it (J. Black and P. Rogaway, "Ciphers with
 * Arbitrary Finite Domains", 2002). */
#include "stats/permutation.h"

#include <assert.h>

#include "stats/random.h"

#define ROUNDS 4

gf_permutation gf_permutation_identity(uint64_t count) {
    assert(count >= 1);
    return (gf_permutation){.count = count};
}

/* The fewest bits, an even number of them, that hold all numbers below `count`: at most 4 times as
 * many numbers as are used, so 4 shuffles on average are enough. */
gf_permutation gf_permutation_shuffle(uint64_t count, uint64_t seed) {
    assert(count >= 1 && count <= UINT64_C(1) << 62);
    uint32_t half_bits = 1;
    while (UINT64_C(1) << (2 * half_bits) < count)
        half_bits++;
    return (gf_permutation){.count = count, .seed = seed, .rounds = ROUNDS, .half_bits = half_bits};
}

/* Each round can be undone, whatever the round function, so no two numbers become equal. */
static uint64_t shuffle(const gf_permutation *permutation, uint64_t number) {
    const uint64_t mask = (UINT64_C(1) << permutation->half_bits) - 1;
    uint64_t left = number >> permutation->half_bits, right = number & mask;
    for (uint32_t round = 0; round < permutation->rounds; round++) {
        /* Odd multiples of the golden ratio's 64 bits keep the rounds' inputs apart. */
        const uint64_t key = permutation->seed + (2 * round + 1) * GF_RANDOM_STEP;
        const uint64_t next = left ^ (gf_random_mix(right ^ gf_random_mix(key)) & mask);
        left = right;
        right = next;
    }
    return left << permutation->half_bits | right;
}

uint64_t gf_permutation_at(const gf_permutation *permutation, uint64_t index) {
    assert(index < permutation->count);
    if (permutation->rounds == 0)
        return index;
    do
        index = shuffle(permutation, index);
    while (index >= permutation->count);
    return index;
}
