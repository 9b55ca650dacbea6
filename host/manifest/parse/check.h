/* What a finished manifest says with the defaults of its parameters. */
#pragma once

#include "manifest/manifest.h"

/* Evaluates every expression; sizes must be possible, and what belongs together must fit. */
gf_status gf_manifest_check(const gf_manifest *manifest, gf_error *error);
