/* Number theory that is much faster than trial division, so that it can say beforehand how long
 * trial division takes, and afterwards whether it is right. All numbers are below 2^63. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

bool gf_is_prime(uint64_t number);

/* The smallest prime factor of a number from 2 on, and 0 if that is the number itself. Takes some
 * milliseconds at most: for products of two primes of 31 bits. */
uint64_t gf_smallest_factor(uint64_t number);

/* The least prime from `number` on, or the largest below 2^63. */
uint64_t gf_prime_from(uint64_t number);
