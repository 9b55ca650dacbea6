/* A run that saves its state between steps, or goes on from one. */
#pragma once

#include "parallel/run/ranked_run.h"

static inline bool gf_ranked_is_saved(const gf_ranked_run *run) {
    return run->parallel->options.checkpoint != NULL;
}

/* All ranks of the job call these; all but the first one are for runs that are saved. Failures are
 * those of gf_ranks_agree, or of messages. */

/* Before anything is made: refuses what can't be saved. Accepts a run that is not saved. */
gf_status gf_ranked_check_saving(const gf_ranked_run *run, gf_error *error);
/* Once the parts are ready for their trip. */
gf_status gf_ranked_begin_saving(gf_ranked_run *run, gf_error *error);
/* The trip, which others may ask to end, and its proof. */
gf_status gf_ranked_saved_trip(gf_ranked_run *run, gf_rank_times *times, gf_error *error);

/* The share of the work that the run makes: a job that goes on from a saved state makes the rest.
 */
double gf_ranked_share(const gf_ranked_run *run);
