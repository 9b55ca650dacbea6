/* The round trips of a run: proved, timed, and repeated until they are enough. */
#pragma once

#include "parallel/run/ranked_run.h"

/* All ranks that take part call it, once the proof is there, or saving has begun. The result has
 * the trips, and on rank 0 what the whole says. Failures may leave messages under way. */
gf_status gf_ranked_make_trips(gf_ranked_run *run, gf_error *error);
