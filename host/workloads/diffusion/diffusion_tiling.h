/* The tunables of the CPU kernel. */
#ifndef GF_DIFFUSION_TILING_H
#define GF_DIFFUSION_TILING_H

#include "workloads/diffusion/diffusion_internal.h"

void gf_diffusion_cpu_defaults(const gf_problem *problem, const gf_cpu_resources *cpu,
                               uint32_t *tuning);

#endif
