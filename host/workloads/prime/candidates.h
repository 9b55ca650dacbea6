/* The divisors that trial division tries: 2, 3, and every 6k-1 and 6k+1 up to a number's root. */
#pragma once

#include <stdint.h>

/* The largest r with r * r <= number. */
uint64_t gf_integer_root(uint64_t number);

/* How many there are for a number below 2^63: none for 2 and 3. */
uint32_t gf_prime_candidates(uint64_t number);
