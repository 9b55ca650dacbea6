/* Round trips of a problem on some of a job's ranks, proved and timed. */
#pragma once

#include "parallel/parallel_state.h"

/* Rank 0: the statistics of the result's trips. */
gf_statistics gf_parallel_total(const gf_parallel_result *result);
