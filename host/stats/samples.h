/* Samples of a time, and their statistics. */
#pragma once

#include "gpufare.h"

typedef struct gf_samples {
    uint64_t *ns;
    uint32_t count;
} gf_samples;

gf_status gf_samples_add(gf_samples *samples, uint64_t ns, gf_error *error);
/* A sorted copy, which the caller frees. count > 0. NULL: no memory. */
uint64_t *gf_samples_sorted(const gf_samples *samples);
/* Median, quartiles (linear interpolation between order statistics), min and max. */
gf_statistics gf_samples_statistics(const gf_samples *samples);
/* A time whose spread is above this is not steady. */
#define GF_WIDE_SPREAD 0.10
/* The quartile distance as a share of the median; 0 with fewer than 2 samples. */
double gf_statistics_spread(const gf_statistics *statistics);
