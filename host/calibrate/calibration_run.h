/* One calibration of one device: what its parts share while they measure. */
#ifndef GF_CALIBRATION_RUN_H
#define GF_CALIBRATION_RUN_H

#include "calibrate/profile.h"
#include "device/session.h"

typedef struct gf_calibration_run {
    gf_profile *profile; /* where the results go */
    gf_session *session;
    gf_device *device; /* open */
    const gf_run_options *options;
    uint32_t done, planned; /* pieces, for progress */
    uint64_t started_ns, expected_ns;
} gf_calibration_run;

/* Before each piece: reports progress. GF_INTERRUPTED when the caller's flag is set. */
gf_status gf_calibration_run_step(gf_calibration_run *calibration, gf_error *error);

/* The most bytes that a single buffer may have while a device is measured: a part of what device
 * and host have, so that measuring disturbs nobody. */
uint64_t gf_calibrate_limit(const gf_device_info *device);

#endif
