/* How the OpenCL kernels of kernels_cl/diffusion.cl run on a device. */
#ifndef GF_DIFFUSION_NDRANGE_H
#define GF_DIFFUSION_NDRANGE_H

#include "problem/workload.h"

#define GF_DIFFUSION_NDRANGE_VARIANTS 4
extern const gf_ndrange_variant gf_diffusion_ndrange_variants[GF_DIFFUSION_NDRANGE_VARIANTS];

#endif
