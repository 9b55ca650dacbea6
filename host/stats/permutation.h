/* A reproducible shuffle of 0 ... count - 1 that needs no table. */
#pragma once

#include <stdint.h>

typedef struct gf_permutation {
    uint64_t count;
    uint64_t seed;
    uint32_t rounds;    /* 0: the identity */
    uint32_t half_bits; /* all numbers of 2 * half_bits bits are shuffled; `count` are used */
} gf_permutation;

/* Every index stays where it is. count >= 1. */
gf_permutation gf_permutation_identity(uint64_t count);
/* The order that belongs to the seed, the same on every machine. 1 <= count <= 2^62. */
gf_permutation gf_permutation_shuffle(uint64_t count, uint64_t seed);
/* The number at `index` < count. Each number below count is at exactly one index. */
uint64_t gf_permutation_at(const gf_permutation *permutation, uint64_t index);
