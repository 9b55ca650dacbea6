/* What bundle.json says of a bundle. */
#pragma once

#include "bundle/bundle_state.h"

/* A new reference; sets *bad where a value could not be made. */
json_t *gf_bundle_manifest(const gf_bundle *bundle, time_t ended, bool *bad);
