/* How the OpenCL kernels of kernels_cl/diffusion.cl run on a device. */
#pragma once

#include "problem/workload.h"

#define GF_DIFFUSION_NDRANGE_VARIANTS 4
extern const gf_ndrange_variant gf_diffusion_ndrange_variants[GF_DIFFUSION_NDRANGE_VARIANTS];
