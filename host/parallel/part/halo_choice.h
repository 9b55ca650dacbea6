/* How many steps ranks make between two exchanges of rows, and whether exchanges run beside them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "stats/line_fit.h"

/* What is known of the slowest rank. */
typedef struct gf_halo_facts {
    double row_ns;     /* of a row and step */
    uint64_t own_rows; /* of the largest part */
    uint64_t reach;
    uint64_t most_steps;
    double row_bytes;
    gf_line line; /* of messages */
} gf_halo_facts;

/* What a step takes, exchanges and halos included: each visit computes the halos of two neighbours
 * as well, and then waits for a message, or computes its two edges twice. */
double gf_halo_step_ns(const gf_halo_facts *facts, uint64_t steps, bool overlaps);

/* The steps for which a step takes the least, and whether that is with exchanges beside them. */
uint64_t gf_halo_choose(const gf_halo_facts *facts, bool may_overlap, bool must_overlap,
                        bool *overlaps);
