/* Random numbers that are the same on every machine. */
#ifndef GF_RANDOM_H
#define GF_RANDOM_H

#include <stdint.h>

/* The next 64 bits of splitmix64 (S. Vigna): equidistributed, and any seed will do. */
uint64_t gf_random_bits(uint64_t *state);
/* Uniform in (0, 1), of 52 bits. */
double gf_random_unit(uint64_t *state);
/* A whole number below `limit`, which is at least 1; the bias is below limit / 2^64. */
uint64_t gf_random_below(uint64_t *state, uint64_t limit);
/* Normally distributed, mean 0, variance 1. */
double gf_random_normal(uint64_t *state);

#endif
