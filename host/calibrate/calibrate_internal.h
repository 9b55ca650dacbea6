/* The parts of calibrating one device. */
#ifndef GF_CALIBRATE_INTERNAL_H
#define GF_CALIBRATE_INTERNAL_H

#include "calibrate/calibrate.h"
#include "device/session.h"

/* What the parts share while they measure. */
typedef struct gf_calibration_run {
    gf_profile *profile; /* where the results go */
    gf_session *session;
    gf_device *device; /* open */
    const gf_run_options *options;
    uint32_t done, planned; /* pieces, for progress */
    uint64_t started_ns, expected_ns;
} gf_calibration_run;

/* How many pieces each part has. */
uint32_t gf_calibrate_transfers_pieces(void);
uint32_t gf_calibrate_ceilings_pieces(void);

/* Lines of transfers, the memory that round trips use, and the line of first touches. */
gf_status gf_calibrate_transfers(gf_calibration_run *calibration, gf_error *error);
/* Launch latency and ceilings, by the workload `peak`. */
gf_status gf_calibrate_ceilings(gf_calibration_run *calibration, gf_error *error);

/* Before each piece: reports progress. GF_INTERRUPTED when the caller's flag is set. */
gf_status gf_calibration_run_step(gf_calibration_run *calibration, gf_error *error);

/* The most bytes that a single buffer may have while a device is measured: a part of what device
 * and host have, so that measuring disturbs nobody. */
uint64_t gf_calibrate_limit(const gf_device_info *device);

/* The line through times that makes the squares of the errors of their logarithms least, with a and
 * b at least 0: an error counts by its share, from 4 KiB to 64 MiB. `count` 0: no line. */
gf_line gf_line_fit(const double *bytes, const double *ns, uint32_t count);

#endif
