/* The search for the values of a variant's tunables with which it is the fastest on a problem. */
#pragma once

#include "measure/search/tunable_tries.h"

/* Searches from *tuning, which holds the defaults of the run's variant, and puts the best values
 * there: the defaults, unless others are faster beyond scatter in turns with them. On an error the
 * best so far but for those that failed. */
gf_status gf_search_tunables(gf_tunable_search *search, gf_tuning *tuning, gf_error *error);
/* Releases tries and programs; the device is still open. */
void gf_tunable_search_clear(gf_tunable_search *search);
