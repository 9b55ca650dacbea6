/* Transfers in each direction for each kind of host memory, and the first touch of memory, over
 * sizes from 4 KiB to 64 MiB. docs/calibration.md describes what is measured. */
#pragma once

#include "calibrate/calibration_run.h"

/* Pieces of gf_calibrate_transfers, for progress. */
uint32_t gf_calibrate_transfers_pieces(void);

/* Fills the profile's transfers, first_touch and used. */
gf_status gf_calibrate_transfers(gf_calibration_run *run, gf_error *error);

/* Pieces of gf_calibrate_used_transfers, for progress: no more than these. */
uint32_t gf_calibrate_used_transfers_pieces(void);
/* Fills used, and transfers of the kind of memory that is used. */
gf_status gf_calibrate_used_transfers(gf_calibration_run *run, gf_error *error);
