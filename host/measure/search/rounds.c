#include "measure/search/rounds.h"

#include <math.h>

#include "stats/sort.h"

/* From the least to the largest. */
typedef struct ratios {
    double values[GF_MOST_ROUNDS];
    uint32_t count, won;
    double median;
} ratios;

static ratios compare(const uint64_t *ns, const uint64_t *rival_ns, uint32_t rounds) {
    ratios r = {.count = rounds < GF_MOST_ROUNDS ? rounds : GF_MOST_ROUNDS};
    for (uint32_t i = 0; i < r.count; i++) {
        r.values[i] = (double)ns[i] / fmax((double)rival_ns[i], 1);
        r.won += r.values[i] <= 1 ? 1 : 0;
    }
    r.median = gf_sort_median(r.values, r.count);
    return r;
}

double gf_rounds_ratio(const uint64_t *ns, const uint64_t *rival_ns, uint32_t rounds) {
    return compare(ns, rival_ns, rounds).median;
}

bool gf_rounds_lost(const uint64_t *ns, const uint64_t *rival_ns, uint32_t rounds) {
    if (rounds < GF_FEWEST_ROUNDS)
        return false;
    const ratios r = compare(ns, rival_ns, rounds);
    if (r.won > r.count / GF_CLEAR_ROUNDS || r.median - 1 <= GF_LEAST_GAIN)
        return false;
    const double scatter = r.values[r.count - 1] - r.values[0];
    return r.count >= GF_CLEAR_ROUNDS || r.median - 1 > scatter;
}
