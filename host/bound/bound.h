/* Bounds of a problem's times on a device that is known from its data sheet: no kernel can be
 * faster than `best`, and kernels of its kind were not slower than `worst`.
 * docs/the-gpu-that-is-not-here.md explains both. Nothing is measured. */
#pragma once

#include "bound/bound_parts.h"

const char *gf_limit_name(gf_limit limit); /* "memory" */

/* Never fails: a bound that is not possible says why. */
void gf_bound_of(const gf_bound_request *request, const gf_model *model, gf_bound *bound);
