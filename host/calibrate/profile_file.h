/* Files of profiles: the JSON reports of calibrations (gf_calibration_report). */
#pragma once

#include "calibrate/profile.h"

/* Reads the profiles of a file, and marks all as `modelled`. The caller destroys each and frees the
 * array. GF_FAILED: the file can't be read; GF_USAGE: it holds no valid profiles. */
gf_status gf_profiles_read(const char *path, gf_profile ***profiles, size_t *count,
                           gf_error *error);
