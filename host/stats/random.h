/* Random numbers that are the same on every machine. */
#pragma once

#include <stdint.h>

/* The 64 bits of the golden ratio: splitmix64 adds them to its state at each step. */
#define GF_RANDOM_STEP UINT64_C(0x9e3779b97f4a7c15)

/* The finalizer of splitmix64 (G. L. Steele, D. Lea and C. H. Flood, "Fast Splittable Pseudorandom
 * Number Generators", 2014): every bit of the result depends on every bit of z. */
static inline uint64_t gf_random_mix(uint64_t z) {
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* The next 64 bits of splitmix64 (S. Vigna): equidistributed, for any seed. */
uint64_t gf_random_bits(uint64_t *state);
/* Output `index` of splitmix64 seeded with 0, computed directly. */
static inline uint64_t gf_random_at(uint64_t index) {
    return gf_random_mix((index + 1) * GF_RANDOM_STEP);
}

/* Uniform in (0, 1), with 52 random bits. */
double gf_random_unit(uint64_t *state);
/* A whole number below `limit`, which is at least 1; the bias is below limit / 2^64. */
uint64_t gf_random_below(uint64_t *state, uint64_t limit);
/* Normally distributed, mean 0, variance 1. */
double gf_random_normal(uint64_t *state);
