/* The bootstrap (B. Efron, 1979): how far a number scatters that is computed from samples, found by
 * drawing the samples again, with replacement, and computing it each time. */
#ifndef GF_BOOTSTRAP_H
#define GF_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

/* The 5 % quantile of 1000 repetitions is their 50th: the share below it is known to about 14 % of
 * itself (Poisson). */
#define GF_BOOTSTRAP_REPETITIONS 1000

/* The median of `count` samples drawn again from as many sorted ones. count > 0. */
double gf_resampled_median(const uint64_t *sorted, uint32_t count, uint64_t *random);

/* The quantile of sorted numbers, 0 <= share <= 1: the smallest that at least this share of them
 * don't exceed. count > 0. */
double gf_quantile(const double *sorted, size_t count, double share);

#endif
