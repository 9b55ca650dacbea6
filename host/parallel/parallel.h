/* One problem on the ranks of a job: gf_parallel of gpufare.h. */
#pragma once

#include "parallel/parallel_state.h"

/* Makes the problem that so many ranks get, in place of the one before: with weak scaling it grows
 * with them. The latest part goes with it. GF_UNSUPPORTED when it can't be divided. */
gf_status gf_parallel_set_problem(gf_parallel *parallel, uint32_t ranks, gf_error *error);

/* Frees what this rank has of the latest run. */
void gf_parallel_clear_parts(gf_parallel *parallel);

/* The total of a trip: of the rank that took longest. */
uint64_t gf_trip_total_ns(const gf_parallel_result *result, uint32_t trip);
/* What a rank did in the median trip; imbalance_ns includes its wait for the last one. */
gf_rank_times gf_median_times(const gf_parallel_result *result, uint32_t rank);
/* The units that a rank computed in it. */
uint64_t gf_units_of_rank(const gf_parallel_result *result, uint32_t rank);
