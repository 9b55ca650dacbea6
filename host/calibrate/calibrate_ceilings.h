/* What a device sustains, measured by the workload `peak` in its best variant: launches of next to
 * nothing, copies of small and large arrays, and arithmetic. Every one of these results is
 * verified. */
#ifndef GF_CALIBRATE_CEILINGS_H
#define GF_CALIBRATE_CEILINGS_H

#include "calibrate/calibration_run.h"

/* The workload that it measures with; NULL, with a message, in a library without it. */
const gf_workload *gf_calibrate_workload(gf_error *error);
uint32_t gf_calibrate_ceilings_pieces(void);

/* Launch latency and ceilings, by the workload `peak`. */
gf_status gf_calibrate_ceilings(gf_calibration_run *calibration, gf_error *error);

#endif
