/* The ceilings of a device, measured with the workload `peak` in every kernel at hand, of which the
 * best counts: almost empty launches, copies of small and large arrays, and arithmetic. Reading
 * alone is measured with the workload `sum`. Each result is verified. */
#pragma once

#include "calibrate/calibration_run.h"

/* The workload `peak`; NULL, with a message, in a library without it. */
const gf_workload *gf_calibrate_workload(gf_error *error);
/* The workload `sum`, the same: it reads an array once and writes next to nothing, and `peak`
 * writes as much as it reads. */
const gf_workload *gf_calibrate_read_workload(gf_error *error);
/* The tunable of `peak` for the way of its stores, which calibrating sets. */
#define GF_STORES_TUNABLE "streaming-stores"
/* Pieces of gf_calibrate_ceilings, for progress. */
uint32_t gf_calibrate_ceilings_pieces(void);

/* Fills the profile's ceilings. */
gf_status gf_calibrate_ceilings(gf_calibration_run *run, gf_error *error);
