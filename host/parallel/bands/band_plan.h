/* How ranks share units that are independent: each has some from the beginning, the others are in a
 * queue, from which whoever is free takes bands. */
#pragma once

#include "parallel/part/rank_split.h"

#define GF_MOST_CHUNKS 4096

/* The units in chunks of equal work, as far as a sample tells; bands are whole chunks. */
typedef struct gf_band_plan {
    uint64_t
        at[GF_MOST_CHUNKS + 1]; /* the unit that a chunk begins at; behind the last one: units */
    uint32_t chunks;
    uint32_t own; /* the first ones are shared out beforehand, the others are in the queue */
} gf_band_plan;

/* `joins`: a part may settle the result, so that the queue has all units from the first one on.
 * `queues`: false: there is no queue. There is none either on one rank, nor where chunks are few.
 */
void gf_band_plan_make(gf_band_plan *plan, uint64_t units, const gf_work_profile *profile,
                       bool joins, bool queues, uint32_t ranks);

/* The units that each rank has from the beginning, by the ranks' rates (gf_rank_split). */
void gf_band_plan_split(const gf_band_plan *plan, const gf_work_profile *profile,
                        const double *rates, uint32_t ranks, gf_part *parts);

static inline bool gf_band_plan_has_queue(const gf_band_plan *plan) {
    return plan->own < plan->chunks;
}

/* The units of some chunks. */
static inline gf_part gf_units_of(const gf_band_plan *plan, gf_part chunks) {
    const uint64_t first = plan->at[chunks.first];
    return (gf_part){first, plan->at[chunks.first + chunks.count] - first};
}

/* The chunks that are whole in these units. */
gf_part gf_chunks_of(const gf_band_plan *plan, gf_part units);
