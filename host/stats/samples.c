#include "stats/samples.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "stats/sort.h"

gf_status gf_samples_add(gf_samples *samples, uint64_t ns, gf_error *error) {
    const gf_status status =
        gf_array_grow(&samples->ns, samples->count, sizeof *samples->ns, error);
    if (status == GF_OK)
        samples->ns[samples->count++] = ns;
    return status;
}

uint64_t *gf_samples_sorted(const gf_samples *samples) {
    uint64_t *sorted = calloc(samples->count, sizeof *sorted);
    if (sorted == NULL)
        return NULL;
    memcpy(sorted, samples->ns, samples->count * sizeof *sorted);
    gf_sort_u64(sorted, samples->count);
    return sorted;
}

/* The quantile q/4 of sorted values, interpolated linearly between the two nearest (type 7 of
 * Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996). */
static uint64_t quartile(const uint64_t *sorted, uint32_t count, uint32_t q) {
    const uint64_t position = (uint64_t)(count - 1) * q;
    const uint64_t low = sorted[position / 4];
    const uint64_t high = position / 4 + 1 < count ? sorted[position / 4 + 1] : low;
    return low + (high - low) * (position % 4) / 4;
}

gf_statistics gf_samples_statistics(const gf_samples *samples) {
    uint64_t *sorted = samples->count == 0 ? NULL : gf_samples_sorted(samples);
    if (sorted == NULL)
        return (gf_statistics){.count = 0}; /* without memory shown as "not measured" too */
    const gf_statistics statistics = {.count = samples->count,
                                      .median_ns = quartile(sorted, samples->count, 2),
                                      .min_ns = sorted[0],
                                      .max_ns = sorted[samples->count - 1],
                                      .q1_ns = quartile(sorted, samples->count, 1),
                                      .q3_ns = quartile(sorted, samples->count, 3)};
    free(sorted);
    return statistics;
}

double gf_statistics_spread(const gf_statistics *statistics) {
    if (statistics->count < 2 || statistics->median_ns == 0)
        return 0;
    return (double)(statistics->q3_ns - statistics->q1_ns) / (double)statistics->median_ns;
}
