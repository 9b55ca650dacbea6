/* Bounds from data sheets as JSON, the same in every report. */
#pragma once

#include <jansson.h>

#include "bound/bound_set.h"

/* {"basis", "against", "models": [...]}; null for NULL. */
json_t *gf_json_bounds(const gf_bound_set *set, bool *bad);
