/* The search for the values of tunables where each try costs a compilation. */
#pragma once

#include "measure/search/tunable_tries.h"

/* Tries one tunable after the other from *tuning, the defaults, which were tried, and puts the best
 * values there: those that were faster beyond scatter, in turns with the best before them and, as a
 * whole, with the defaults. Programs of tries may be left for gf_tunable_search_clear. */
gf_status gf_search_compiled(gf_tunable_search *search, gf_tuning *tuning, gf_error *error);
