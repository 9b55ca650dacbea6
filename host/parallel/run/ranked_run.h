/* The state of one run on some of a job's ranks, which the files of this folder share. */
#pragma once

#include "parallel/bands/band_proof.h"
#include "parallel/parallel_state.h"
#include "parallel/part/rank_reference.h"

typedef struct gf_ranked_run {
    gf_parallel *parallel;
    gf_ranks group; /* those that take part */
    gf_rank_proof proof;
    gf_band_proof band_proof;
    gf_band_rates band_rates; /* of rank 0 */
    gf_parallel_result *result;
    gf_halo_plan plan;
    uint64_t most_steps;
    uint64_t began_ns; /* the first trip */
    bool any_grid;     /* it is still open in which grid they share the problem */
    bool queues;       /* ranks take bands from a queue, where they are independent */
} gf_ranked_run;

/* Tells it on a rank that shows it. `planned` 0: not known. */
void gf_ranked_report_progress(const gf_ranked_run *run, const char *stage, uint32_t done,
                               uint32_t planned);
