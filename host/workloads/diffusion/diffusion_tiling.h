/* The tunables of the CPU kernel, and their defaults. */
#pragma once

#include "problem/workload.h"

#define GF_DIFFUSION_CPU_TUNABLES 6
extern const gf_tunable gf_diffusion_cpu_tunables[GF_DIFFUSION_CPU_TUNABLES];

void gf_diffusion_cpu_defaults(const gf_problem *problem, const gf_cpu_resources *cpu,
                               uint32_t *tuning);
