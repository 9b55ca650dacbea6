/* In what grid the ranks of a run share a problem whose units read others, and how often they
 * exchange halos: what rehearsals of its parts promise to take least. */
#pragma once

#include "parallel/run/ranked_run.h"

/* All ranks of the job call it, with parts that are ready; the parts may be made anew. Nothing
 * happens where units are independent. */
gf_status gf_ranked_plan_exchanges(gf_ranked_run *run, gf_error *error);
