/* How many steps ranks make between two exchanges of halos, and whether exchanges run beside them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "stats/line_fit.h"

#define GF_HALO_CHOICES 8

/* Numbers of steps between two exchanges, and what a cell of a step then takes: kernels take
 * several steps through the caches at a time, and how many suit them only a rehearsal shows. */
typedef struct gf_halo_costs {
    uint64_t steps[GF_HALO_CHOICES];
    double cell_ns[GF_HALO_CHOICES]; /* 0: not measured */
    uint32_t count;
} gf_halo_costs;

/* Choices up to `most` that divide `all` steps evenly, but for rounding; or `wanted` alone, if it
 * is not 0, and as much of it as is possible. No time is known yet. */
gf_halo_costs gf_halo_choices(uint64_t all, uint64_t most, uint64_t wanted);

/* What is known of the slowest rank. */
typedef struct gf_halo_facts {
    gf_halo_costs costs;
    uint64_t own_rows, own_columns;       /* of the largest part */
    uint32_t row_borders, column_borders; /* to parts above and below, and at its sides: 0 to 2 */
    uint64_t reach;
    uint64_t most_steps;
    uint64_t all_steps; /* of which the last visit is followed by no exchange; 0: without end */
    double cell_bytes;
    gf_line line; /* of messages */
} gf_halo_facts;

/* What the messages of an exchange with halos of so many cells take. Those to neighbours on two
 * sides are under way together; rows, columns and corners follow one another. */
double gf_halo_messages_ns(const gf_halo_facts *facts, uint64_t halo);

/* What a step takes with choice `index`, exchanges and halos included: each visit computes the
 * halos of its borders as well, and then waits for messages, or computes its edges twice. */
double gf_halo_step_ns(const gf_halo_facts *facts, uint32_t index, bool overlaps);

/* The choice with which a step takes the least, and whether that is with exchanges beside it. The
 * first one if none has a time or is possible. */
uint32_t gf_halo_choose(const gf_halo_facts *facts, bool may_overlap, bool must_overlap,
                        bool *overlaps);

/* Whether there are times of a choice, and the parts are large enough for it. */
bool gf_halo_is_possible(const gf_halo_facts *facts, uint32_t index, bool overlaps);
