#include "parallel/part/rank_split.h"

#include <math.h>

#include "problem/parts/division.h"

/* ---- Work -------------------------------------------------------------- */

void gf_work_profile_make_even(gf_work_profile *profile) {
    for (uint32_t i = 0; i < GF_WORK_BUCKETS; i++)
        profile->until[i] = (i + 1.0) / GF_WORK_BUCKETS;
}

#define SAMPLED_ITEMS 64
#define MOST_WORK     10000

/* The mean work of some items of a row. */
static double sample_row(const gf_problem *problem, uint64_t row) {
    const uint64_t cols = problem->buffers[problem->result].cols;
    uint64_t items[SAMPLED_ITEMS];
    uint32_t work[SAMPLED_ITEMS];
    double sum = 0;
    for (uint32_t i = 0; i < SAMPLED_ITEMS; i++)
        items[i] = row * cols + (2 * i + 1) * cols / (2 * SAMPLED_ITEMS);
    problem->workload->sample_work(problem, items, SAMPLED_ITEMS, MOST_WORK, work);
    for (uint32_t i = 0; i < SAMPLED_ITEMS; i++)
        sum += work[i];
    return sum / SAMPLED_ITEMS;
}

/* An item without work takes some time, too. */
void gf_work_profile_of(const gf_problem *problem, const gf_division *division,
                        gf_work_profile *profile) {
    double sum = 0;
    gf_work_profile_make_even(profile);
    if (problem->workload->sample_work == NULL || division->reach > 0 ||
        problem->buffers[problem->result].rows != division->units)
        return;
    for (uint32_t i = 0; i < GF_WORK_BUCKETS; i++) {
        const uint64_t row = (2 * i + 1) * division->units / (2 * GF_WORK_BUCKETS);
        sum += 1 + sample_row(problem, row);
        profile->until[i] = sum;
    }
    for (uint32_t i = 0; i < GF_WORK_BUCKETS; i++)
        profile->until[i] /= sum;
}

/* ---- Shares ------------------------------------------------------------ */

/* The share of the work of the first units. */
static double work_before(uint64_t units, const gf_work_profile *profile, uint64_t first) {
    const double at = (double)first / (double)units * GF_WORK_BUCKETS;
    const uint32_t bucket = at >= GF_WORK_BUCKETS ? GF_WORK_BUCKETS - 1 : (uint32_t)at;
    const double low = bucket == 0 ? 0 : profile->until[bucket - 1];
    return low + (profile->until[bucket] - low) * (at - bucket);
}

double gf_work_share(uint64_t units, const gf_work_profile *profile, gf_part part) {
    return work_before(units, profile, part.first + part.count) -
           work_before(units, profile, part.first);
}

uint64_t gf_work_unit_at(uint64_t units, const gf_work_profile *profile, double share) {
    uint32_t bucket = 0;
    while (bucket + 1 < GF_WORK_BUCKETS && profile->until[bucket] < share)
        bucket++;
    const double low = bucket == 0 ? 0 : profile->until[bucket - 1];
    const double width = profile->until[bucket] - low;
    const double inside = width > 0 ? (share - low) / width : 0;
    return (uint64_t)llround((bucket + inside) / GF_WORK_BUCKETS * (double)units);
}

/* As many ranks as can have `least` units each. */
static uint32_t active_ranks(uint64_t units, uint64_t least, uint32_t count) {
    const uint64_t most = units / (least > 0 ? least : 1);
    return most < 1 ? 1 : (most < count ? (uint32_t)most : count);
}

/* The share of the work of the ranks up to this one. */
static double share_until(const double *rates, uint32_t active, uint32_t rank) {
    double until = 0, all = 0;
    for (uint32_t i = 0; rates != NULL && i < active; i++) {
        if (!(rates[i] > 0))
            return (rank + 1.0) / active;
        all += rates[i];
        until += i <= rank ? rates[i] : 0;
    }
    return rates == NULL ? (rank + 1.0) / active : until / all;
}

void gf_rank_split(uint64_t units, const gf_work_profile *profile, uint64_t least,
                   const double *rates, uint32_t count, gf_part *parts) {
    const uint32_t active = active_ranks(units, least, count);
    const uint64_t fewest = least > 0 ? least : 1;
    uint64_t begin = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t behind = i + 1 < active ? (active - i - 1) * fewest : 0;
        uint64_t end = gf_work_unit_at(units, profile, share_until(rates, active, i));
        if (i + 1 >= active || end > units - behind)
            end = units - behind;
        else if (end < begin + fewest)
            end = begin + fewest;
        parts[i] = (gf_part){begin, end - begin};
        begin = end;
    }
}
