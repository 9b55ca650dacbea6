/* The ceilings of a device, measured with one workload in every kernel at hand, of which the best
 * counts: almost empty launches, copies and reads of small and large arrays, and arithmetic. Each
 * result is verified. */
#pragma once

#include "calibrate/calibration_run.h"

/* The workload that measures ceilings; NULL, with a message, in a library without one. */
const gf_workload *gf_calibrate_workload(gf_error *error);
/* The tunable of this workload for the way of its stores, which calibrating sets. */
#define GF_STORES_TUNABLE "streaming-stores"
/* Pieces of gf_calibrate_ceilings, for progress. */
uint32_t gf_calibrate_ceilings_pieces(void);

/* The text of parameter "size" for an array of so many elements, a multiple of 1024. */
void gf_calibrate_array_size(uint64_t elements, char *text, size_t size);

/* Fills the profile's ceilings. */
gf_status gf_calibrate_ceilings(gf_calibration_run *run, gf_error *error);
