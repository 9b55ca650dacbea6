/* The values of tunables that a run takes. */
#pragma once

#include "measure/round_trip.h"

/* Sets run->tuning: to the caller's values, else to those that an earlier search found, else to
 * those that a search finds now, else to the backend's defaults. */
gf_status gf_run_autotune(gf_run *run, gf_error *error);
