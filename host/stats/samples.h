/* Samples of a time, and their statistics. */
#ifndef GF_SAMPLES_H
#define GF_SAMPLES_H

#include "gpufare.h"

typedef struct gf_samples {
    uint64_t *ns;
    uint32_t count;
} gf_samples;

gf_status gf_samples_add(gf_samples *samples, uint64_t ns, gf_error *error);
/* A sorted copy; the caller frees it. count > 0. NULL without memory. */
uint64_t *gf_samples_sorted(const gf_samples *samples);
/* Median, quartiles (linear interpolation between order statistics), min and max. */
gf_statistics gf_samples_statistics(const gf_samples *samples);
/* The quartile distance as a share of the median; 0 with fewer than 2 samples. */
#define GF_WIDE_SPREAD 0.10 /* above a tenth of the median the number is not steady */
double gf_statistics_spread(const gf_statistics *statistics);

#endif
