/* Reading the profiles of a file that `gpufare calibrate --json` wrote. */
#ifndef GF_PROFILE_FILE_H
#define GF_PROFILE_FILE_H

#include "calibrate/profile.h"

/* The profiles of a file that `gpufare calibrate --json` wrote; all are marked `modelled`. The
 * caller destroys each and frees the array. */
gf_status gf_profiles_read(const char *path, gf_profile ***profiles, size_t *count,
                           gf_error *error);

#endif
