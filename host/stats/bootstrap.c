#include "stats/bootstrap.h"

#include <math.h>

#include "stats/random.h"

/* For more samples than this the rank of the median is drawn from its limiting distribution. */
#define MANY_SAMPLES 50

/* Which sample is the n-th, from 0, in order, if each was drawn so often. */
static uint32_t nth_of(const uint32_t *drawn, uint32_t n) {
    uint32_t index = 0;
    for (; n >= drawn[index]; index++)
        n -= drawn[index];
    return index;
}

/* Drawing ranks is enough, because the samples are sorted. For many samples the median's rank is
 * normal around n/2 with variance n/4 (the limit of the binomial count of draws below it), rounded
 * to the nearest. */
double gf_resampled_median(const uint64_t *sorted, uint32_t count, uint64_t *random) {
    if (count <= MANY_SAMPLES) {
        uint32_t drawn[MANY_SAMPLES] = {0}; /* how often each */
        for (uint32_t i = 0; i < count; i++)
            drawn[gf_random_below(random, count)]++;
        return 0.5 * ((double)sorted[nth_of(drawn, (count - 1) / 2)] +
                      (double)sorted[nth_of(drawn, count / 2)]);
    }
    const double last = count - 1;
    const double rank = 0.5 * last + 0.5 * sqrt(count) * gf_random_normal(random);
    return (double)sorted[(uint32_t)(rank < 0 ? 0 : rank > last ? last : rank + 0.5)];
}

double gf_quantile(const double *sorted, size_t count, double share) {
    const double rank = ceil(share * (double)count);
    return sorted[rank < 1 ? 0 : (size_t)rank - 1];
}
