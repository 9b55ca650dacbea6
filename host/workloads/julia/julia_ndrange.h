/* How the OpenCL kernels of kernels_cl/julia.cl run on a device. */
#pragma once

#include "problem/workload.h"

#define GF_JULIA_NDRANGE_VARIANTS 3
extern const gf_ndrange_variant gf_julia_ndrange_variants[GF_JULIA_NDRANGE_VARIANTS];
