/* Sorting numbers, smallest first. */
#pragma once

#include <stddef.h>
#include <stdint.h>

void gf_sort_u64(uint64_t *numbers, size_t count);
/* Infinities are allowed, NaN is not. */
void gf_sort_reals(double *numbers, size_t count);
/* Sorts, and returns the median; of an even count, the mean of the middle two. count > 0. */
double gf_sort_median(double *numbers, size_t count);
