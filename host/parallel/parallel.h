/* One problem on the ranks of a job: gf_parallel of gpufare.h. */
#pragma once

#include "parallel/parallel_state.h"

/* Makes the problem that so many ranks get, in place of the one before: with weak scaling it grows
 * with them. The latest part goes with it. GF_UNSUPPORTED when it can't be divided. */
gf_status gf_parallel_set_problem(gf_parallel *parallel, uint32_t ranks, gf_error *error);

/* Frees what this rank has of the latest run. */
void gf_parallel_clear_parts(gf_parallel *parallel);
