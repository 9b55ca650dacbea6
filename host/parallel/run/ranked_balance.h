/* Parts as large as ranks are fast: by a short run of ranks whose devices differ, and by what a
 * trial of bands has shown of those that look alike. */
#pragma once

#include "parallel/run/ranked_run.h"

/* All ranks of the job call these, with parts that are ready, and which may be made anew. */

/* Ranks whose devices differ get rows by their rates. Parts of another grid, which somebody wants,
 * are equal. */
gf_status gf_ranked_balance(gf_ranked_run *run, gf_error *error);
/* Own parts of bands by the rates that rank 0 has learned. *changed: the parts were made anew. */
gf_status gf_ranked_balance_bands(gf_ranked_run *run, bool *changed, gf_error *error);
