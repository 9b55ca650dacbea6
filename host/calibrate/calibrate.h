/* Measuring a device once, for its profile. */
#ifndef GF_CALIBRATE_H
#define GF_CALIBRATE_H

#include "calibrate/profile.h"

/* Measures transfers, launches, first touch and ceilings of a device and puts them into its
 * profile; what looks noisy is measured again. Points are not touched. Cancel and progress (stage
 * "calibration") as in the options. GF_UNSUPPORTED or GF_FAILED when the device can't be measured.
 */
gf_status gf_calibrate(gf_profile *profile, gf_session *session, gf_device *device,
                       const gf_run_options *options, gf_error *error);

/* About how long that takes. */
double gf_calibrate_seconds(const gf_device *device);
/* About how long so many cases of a kernel take on top of it. */
double gf_cases_seconds(const gf_device *device, size_t count);

/* A device's profile: what is kept of it, else what is measured now, and then kept. *state and
 * `why`, as of gf_profile_load, say what was found. The caller destroys the profile. */
gf_status gf_profile_load_or_measure(gf_session *session, gf_device *device,
                                     const gf_run_options *options, gf_profile **profile,
                                     gf_profile_state *state, char *why, size_t size,
                                     gf_error *error);

#endif
