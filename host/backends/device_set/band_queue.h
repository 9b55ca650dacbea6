/* The bands of units that members of a set take one after the other: large ones first, small ones
 * at the end, each as long for any of them (guided self-scheduling: C. D. Polychronopoulos and D.
 * J. Kuck, 1987, with the members' rates). */
#pragma once

#include "device/shares.h"
#include "problem/workload.h"

typedef struct gf_band_queue {
    uint64_t units; /* of the problem */
    uint64_t next;  /* the first that nobody has taken; bands are handed out in this order */
    uint64_t grain; /* bands begin at multiples of it */
    uint32_t count; /* of members */
    double rates[GF_MOST_MEMBERS];    /* units in a ns; 0: it takes none */
    double fixed_ns[GF_MOST_MEMBERS]; /* what a band takes besides its units */
    uint64_t most[GF_MOST_MEMBERS];   /* units that a member has room for */
} gf_band_queue;

/* The next band of a member; count 0: there is none for it. */
gf_part gf_band_queue_take(gf_band_queue *queue, uint32_t member);

/* Takes all that is left. */
gf_part gf_band_queue_close(gf_band_queue *queue);

/* The least grain for which bands of every cut buffer begin at whole lines of the caches, if the
 * problem has enough units for that; else 1. */
uint64_t gf_band_grain(const gf_problem *problem, const gf_division *division, uint32_t members);
