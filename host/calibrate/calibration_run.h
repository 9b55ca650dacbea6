/* The state that the parts of one device's calibration share. */
#pragma once

#include "calibrate/profile.h"
#include "device/context.h"

typedef struct gf_calibration_run {
    const gf_context *context;
    gf_device *device;      /* open */
    gf_profile *profile;    /* receives the results */
    uint32_t done, planned; /* pieces, for progress */
    uint64_t started_ns, expected_ns;
    bool once; /* nothing is measured again because other programs disturbed it */
} gf_calibration_run;

/* Call before each piece: reports progress. GF_INTERRUPTED when the caller's flag is set. */
gf_status gf_calibration_run_step(gf_calibration_run *run, gf_error *error);

/* The largest buffer that calibration uses, in bytes: a fraction of the memory of device and host,
 * to leave room for other programs. */
uint64_t gf_calibration_run_limit(const gf_device_info *device);
