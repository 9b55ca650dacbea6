/* Sorting numbers, smallest first. */
#ifndef GF_SORT_H
#define GF_SORT_H

#include <stddef.h>
#include <stdint.h>

void gf_sort_u64(uint64_t *numbers, size_t count);
/* Infinities included; no NaN. */
void gf_sort_reals(double *numbers, size_t count);
/* Sorts, and returns the median: the mean of the two in the middle of an even number. count > 0. */
double gf_sort_median(double *numbers, size_t count);

#endif
