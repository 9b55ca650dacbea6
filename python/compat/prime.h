/* prime.so: is a number prime? For programs that share numbers out to threads and processes. */
#pragma once

#include "python/compat/kernel_call.h"

/* The smallest divisor of a number from 2 on: the number itself if it is prime. 0 below 2 and from
 * 2^63 on. Trial division by 2, 3, and every 6k-1 and 6k+1. threads: 0 for all cores. Any number of
 * threads may call this at the same time. */
GF_COMPAT_API uint64_t smallest_divisor(uint64_t number, uint32_t threads);

/* 1 if the number is prime, else 0; -1 from 2^63 on. One thread. */
GF_COMPAT_API int check_prime(uint64_t number);
