/* Profiles as JSON, schema gpufare.profile/1. */
#ifndef GF_PROFILE_JSON_H
#define GF_PROFILE_JSON_H

#include "calibrate/profile.h"

/* One profile as JSON; NULL without memory. */
json_t *gf_profile_to_json(const gf_profile *profile);

/* GF_USAGE when the document is no profile. */
gf_status gf_profile_from_json(const json_t *json, gf_profile **profile, gf_error *error);

#endif
