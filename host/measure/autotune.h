/* What is searched for on the problem itself: the values of a variant's tunables, and the variant
 * itself where several may be the fastest. */
#pragma once

#include "measure/round_trip.h"

/* Sets run->tuning: to the caller's values, else to those that an earlier search found, else to
 * those that a search finds now, else to the backend's defaults. */
gf_status gf_run_autotune(gf_run *run, gf_error *error);

/* Sets *variant to the one of the device's contestants that an earlier search found to be the
 * fastest for such problems, or that a search finds now if the inputs are made; NULL if neither is
 * so. Searches only where the problem is short, since some contestants may be much slower. */
gf_status gf_find_fastest_variant(gf_truth *truth, gf_device *device, const char **variant,
                                  gf_error *error);
