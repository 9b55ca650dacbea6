/* How fast ranks with different devices are, by a short run of each, so that parts can be as large.
 */
#pragma once

#include "parallel/parallel_state.h"

/* Whether the first ranks have different devices or kernels. */
bool gf_rank_devices_differ(const gf_parallel *parallel, uint32_t ranks);

/* The rate of each rank of the latest part's group, in shares of the work in a ns, on every rank of
 * the job: those of the group compute, the others hear it. Needs prepared parts. */
gf_status gf_rank_rates_measure(gf_parallel *parallel, uint32_t ranks, double *rates,
                                gf_error *error);
