/* The bootstrap (B. Efron, 1979): the scatter of a number that is computed from samples, found by
 * drawing samples from them with replacement, many times, and computing it from each draw. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The 5 % quantile of 1000 repetitions is the 50th of them: the relative error of the share below
 * it is 1 / sqrt(50), 14 % (Poisson). */
#define GF_BOOTSTRAP_REPETITIONS 1000

/* The median of `count` samples drawn with replacement from the `count` sorted ones. count > 0. */
double gf_resampled_median(const uint64_t *sorted, uint32_t count, uint64_t *random);

/* The smallest sorted number that at least `share` of all, 0 to 1, don't exceed. count > 0. */
double gf_quantile(const double *sorted, size_t count, double share);
