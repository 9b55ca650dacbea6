/* What the result of all bands says: gf_parallel_answer for units that are independent. */
#pragma once

#include "parallel/parallel_state.h"

/* The ranks that computed the result call it; rank 0 gets the answer, and the table of bands. */
gf_status gf_band_answer(gf_parallel *parallel, gf_parallel_result *result, gf_error *error);
