/* How many steps ranks make between two exchanges of rows, and whether exchanges run beside them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "stats/line_fit.h"

#define GF_HALO_CHOICES 8

/* Numbers of steps between two exchanges, and what a row of a step then takes: kernels take several
 * steps through the caches at a time, and how many suit them only a rehearsal shows. */
typedef struct gf_halo_costs {
    uint64_t steps[GF_HALO_CHOICES];
    double row_ns[GF_HALO_CHOICES]; /* 0: not measured */
    uint32_t count;
} gf_halo_costs;

/* Choices up to `most` that divide `all` steps evenly, but for rounding; or `wanted` alone, if it
 * is not 0, and as much of it as is possible. No time is known yet. */
gf_halo_costs gf_halo_choices(uint64_t all, uint64_t most, uint64_t wanted);

/* What is known of the slowest rank. */
typedef struct gf_halo_facts {
    gf_halo_costs costs;
    uint64_t own_rows; /* of the largest part */
    uint64_t reach;
    uint64_t most_steps;
    double row_bytes;
    gf_line line; /* of messages */
} gf_halo_facts;

/* What a step takes with choice `index`, exchanges and halos included: each visit computes the
 * halos of two neighbours as well, and then waits for a message, or computes its two edges twice.
 */
double gf_halo_step_ns(const gf_halo_facts *facts, uint32_t index, bool overlaps);

/* The choice with which a step takes the least, and whether that is with exchanges beside it. The
 * first one if none has a time or is possible. */
uint32_t gf_halo_choose(const gf_halo_facts *facts, bool may_overlap, bool must_overlap,
                        bool *overlaps);
