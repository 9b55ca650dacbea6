/* One device: round trips that are poisoned before, timed, and verified after. */
#pragma once

#include "measure/round_trip.h"

/* Both of these begin a run in the place of the latest one: `run` needs only its truth, whose
 * inputs and reference are made, and everything else that it holds is released. Afterwards it
 * holds the host arrays and the output, or nothing if the run failed. */

/* Runs the workload on the result's device and fills the result, whose device, variant and label
 * are set. GF_OK also for an outcome that is not ok. */
gf_status gf_run_execute(gf_run *run, gf_result *result, gf_error *error);
/* Makes one untimed round trip with these stops. */
gf_status gf_run_with_stops(gf_run *run, gf_device *device, const char *variant,
                            const gf_stops *stops, gf_error *error);
