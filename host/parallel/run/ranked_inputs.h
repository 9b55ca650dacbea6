/* What ranks note of their parts of the first contents, and what they allow results to differ by:
 * both are joined, so that all ranks compute and compare with the same. */
#pragma once

#include "parallel/run/ranked_run.h"

/* A rank that takes part calls it once it has its part, before what is noted is joined. */
gf_status gf_ranked_note_inputs(gf_ranked_run *run, gf_error *error);

/* All ranks that take part call it then. */
gf_status gf_ranked_join_inputs(gf_ranked_run *run, gf_error *error);
