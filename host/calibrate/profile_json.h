/* Profiles as JSON, schema gpufare.profile/1. */
#pragma once

#include <jansson.h>

#include "calibrate/profile.h"

/* NULL: no memory. */
json_t *gf_profile_to_json(const gf_profile *profile);

/* GF_USAGE: the document is no profile. */
gf_status gf_profile_from_json(const json_t *json, gf_profile **profile, gf_error *error);
