/* Measuring a device for its profile. */
#pragma once

#include "calibrate/profile.h"
#include "device/context.h"

/* Measures transfers, launches, first touch and ceilings of a device, noisy ones repeatedly, and
 * puts them into its profile; the profile's cases stay. The progress stage is "calibration".
 * GF_UNSUPPORTED or GF_FAILED: the device can't be measured; the profile is unchanged. */
gf_status gf_calibrate(const gf_context *context, gf_device *device, gf_profile *profile,
                       gf_error *error);

/* Measures no more of a device than a prediction can't do without, if the profile lacks it: the
 * transfers that round trips use. The other parts are marked as missing. */
gf_status gf_calibrate_transfers_first(const gf_context *context, gf_device *device,
                                       gf_profile *profile, gf_error *error);

/* Estimated seconds of gf_calibrate, and of measuring `count` cases of a kernel. */
double gf_calibrate_seconds(const gf_device *device);
double gf_cases_seconds(const gf_device *device, size_t count);

/* A device's profile: loaded, completed if it is partial, or else measured; and saved. `why`
 * becomes the reason that a stored profile could not be used, else "" (gf_profile_load). The caller
 * destroys the profile. */
gf_status gf_profile_load_or_measure(const gf_context *context, gf_device *device,
                                     gf_profile **profile, char *why, size_t size, gf_error *error);
