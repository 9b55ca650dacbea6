/* The values of a variant's tunables, searched for on the problem itself where nothing is known. */
#ifndef GF_AUTOTUNE_H
#define GF_AUTOTUNE_H

#include "measure/round_trip.h"

/* Sets t->tuning for the variant: as the user wishes, as an earlier search found, as a search finds
 * now (trial_tuning.c); else the backend's defaults. */
gf_status gf_run_autotune(gf_run *run, const char *variant, gf_error *error);

#endif
