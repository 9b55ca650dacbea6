/* Transfers in each direction from and to each kind of host memory, and the first touch of memory,
 * over sizes from a page to 64 MiB. docs/calibration.md describes what is measured. */
#ifndef GF_CALIBRATE_TRANSFERS_H
#define GF_CALIBRATE_TRANSFERS_H

#include "calibrate/calibration_run.h"

/* How many pieces each part has. */
uint32_t gf_calibrate_transfers_pieces(void);

/* Lines of transfers, the memory that round trips use, and the line of first touches. */
gf_status gf_calibrate_transfers(gf_calibration_run *calibration, gf_error *error);

#endif
