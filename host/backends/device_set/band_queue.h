/* The bands of units that members of a set, or ranks, take one after the other: large ones first,
 * small ones at the end, each as long for any of them (guided self-scheduling: C. D.
 * Polychronopoulos and D. J. Kuck, 1987, with the members' rates). */
#pragma once

#include "problem/workload.h"

typedef struct gf_band_queue {
    uint64_t units;      /* of the problem */
    uint64_t next;       /* the first that nobody has taken; bands are handed out in this order */
    uint64_t grain;      /* bands begin at multiples of it */
    uint32_t count;      /* of members */
    const double *rates; /* of each: units in a ns; 0: it takes none */
    const double *fixed_ns; /* what a band takes besides its units */
    const uint64_t *most;   /* units that it has room for */
    bool ramps; /* a unit may settle the problem, so that those behind it are computed in vain:
                   bands are not longer than the members' share of what was handed out before */
} gf_band_queue;

/* The next band of a member; count 0: there is none for it. */
gf_part gf_band_queue_take(gf_band_queue *queue, uint32_t member);

/* Takes all that is left. */
gf_part gf_band_queue_close(gf_band_queue *queue);

/* The least grain for which bands of every cut buffer begin at whole lines of the caches, if the
 * problem has enough units for that; else 1. */
uint64_t gf_band_grain(const gf_problem *problem, const gf_division *division, uint32_t members);
