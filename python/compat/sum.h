/* sum.so: the sum of an array. */
#pragma once

#include "python/compat/kernel_call.h"

/* The sum of `count` f64 values: blocks of 16384 as cpu/sum.c defines them, and the sums of the
 * blocks with their rounding errors carried along, so that any number of threads and every machine
 * gives the same bits. Exact where all partial sums are whole numbers below 2^53. 0 for no values;
 * NaN if count is not 0 and values is NULL. threads: 0 for all cores. Any number of threads may
 * call this at the same time. */
GF_COMPAT_API double sum_values(const double *values, size_t count, uint32_t threads);
