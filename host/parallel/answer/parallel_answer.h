/* What the whole result says: its checksum, its answer, its work, found in an order that does not
 * depend on the number of ranks. */
#pragma once

#include "parallel/parallel_state.h"

/* The ranks that computed the result call it; rank 0 gets the answer. A known answer that is missed
 * makes the result wrong. */
gf_status gf_parallel_answer(gf_parallel *parallel, gf_parallel_result *result, gf_error *error);
