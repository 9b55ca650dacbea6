#include "parallel/bands/band_plan.h"

/* With half of the work in the queue all ranks end together even where one is half as fast as was
 * thought. */
#define QUEUED_SHARE 0.5
/* With fewer chunks for each rank a band would be too large a part of its work. */
#define FEWEST_CHUNKS 8

/* No chunk is empty, also where one unit has much of the work. */
static void cut(gf_band_plan *plan, uint64_t units, const gf_work_profile *profile) {
    plan->chunks = units < GF_MOST_CHUNKS ? (uint32_t)units : GF_MOST_CHUNKS;
    plan->at[0] = 0;
    plan->at[plan->chunks] = units;
    for (uint32_t i = 1; i < plan->chunks; i++) {
        const uint64_t at = gf_work_unit_at(units, profile, (double)i / plan->chunks);
        const uint64_t least = plan->at[i - 1] + 1, most = units - (plan->chunks - i);
        plan->at[i] = at < least ? least : (at < most ? at : most);
    }
}

void gf_band_plan_make(gf_band_plan *plan, uint64_t units, const gf_work_profile *profile,
                       bool joins, bool queues, uint32_t ranks) {
    cut(plan, units, profile);
    plan->own = plan->chunks;
    if (!queues || ranks < 2 || plan->chunks / FEWEST_CHUNKS < ranks)
        return;
    plan->own = joins ? 0 : (uint32_t)(plan->chunks * (1 - QUEUED_SHARE));
}

/* Chunks have equal work. */
static void split_chunks(const gf_band_plan *plan, const double *rates, uint32_t ranks,
                         gf_part *parts) {
    gf_work_profile even;
    gf_work_profile_make_even(&even);
    gf_rank_split(plan->own, &even, 0, rates, ranks, parts);
    for (uint32_t i = 0; i < ranks; i++)
        parts[i] = gf_units_of(plan, parts[i]);
}

void gf_band_plan_split(const gf_band_plan *plan, const gf_work_profile *profile,
                        const double *rates, uint32_t ranks, gf_part *parts) {
    if (!gf_band_plan_has_queue(plan))
        gf_rank_split(plan->at[plan->chunks], profile, 0, rates, ranks, parts);
    else if (plan->own > 0)
        split_chunks(plan, rates, ranks, parts);
    for (uint32_t i = 0; plan->own == 0 && i < ranks; i++)
        parts[i] = (gf_part){0, 0};
}

gf_part gf_chunks_of(const gf_band_plan *plan, gf_part units) {
    uint64_t first = 0;
    while (first < plan->chunks && plan->at[first] < units.first)
        first++;
    uint64_t end = first;
    while (end < plan->chunks && plan->at[end + 1] <= units.first + units.count)
        end++;
    return (gf_part){first, end - first};
}
