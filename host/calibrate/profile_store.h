/* Profiles in the cache: one file for each device, keyed by machine and device. */
#pragma once

#include "calibrate/profile.h"

typedef enum gf_profile_state {
    GF_PROFILE_NONE, /* no file */
    GF_PROFILE_LOADED,
    GF_PROFILE_DAMAGED, /* the file is no profile, or holds impossible numbers */
    GF_PROFILE_FOREIGN, /* of another machine or device */
    GF_PROFILE_STALE    /* of another driver or version of gpufare */
} gf_profile_state;

/* Reads the measurements stored for the profile's key into it. In any other state than
 * GF_PROFILE_LOADED the profile is unchanged. `why` (may be NULL) becomes "", or for an unusable
 * file the reason. */
gf_profile_state gf_profile_load(gf_profile *profile, char *why, size_t size);
/* false: it could not be written. */
bool gf_profile_save(const gf_profile *profile);

typedef struct gf_stored_profiles {
    gf_profile **items; /* owned */
    size_t count;
} gf_stored_profiles;

/* What is stored of this machine's devices, whether they are here now or not. GF_FAILED: no memory.
 * The caller clears in any case. */
gf_status gf_stored_profiles_read(gf_stored_profiles *profiles, gf_error *error);
void gf_stored_profiles_clear(gf_stored_profiles *profiles);
