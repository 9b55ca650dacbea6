/* Whether ranks take bands from a queue: where each has room for it, and where it pays. */
#pragma once

#include "parallel/run/ranked_run.h"

/* All ranks of the job call these. Nothing happens where units read others. */

/* Before anything is made: whether there can be a queue. */
gf_status gf_ranked_plan_queue(gf_ranked_run *run, gf_error *error);
/* With parts that are ready: answers may take longer than short bands, so what pays is tried. The
 * parts may be made anew. */
gf_status gf_ranked_choose_queue(gf_ranked_run *run, gf_error *error);
