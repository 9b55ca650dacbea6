/* Bounds of the kernel alone. */
#pragma once

#include "bound/bound_parts.h"

/* Sets `limits` but that of the bus, `kernel` and `lane_efficiency`. */
void gf_kernel_bound(const gf_bound_request *request, const gf_model *model, gf_bound *bound);
