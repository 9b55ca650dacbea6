/* What the files of the diffusion workload share. */
#ifndef GF_DIFFUSION_INTERNAL_H
#define GF_DIFFUSION_INTERNAL_H

#include "problem/workload.h"

enum boundary { BOUNDARY_FIXED, BOUNDARY_PERIODIC, BOUNDARY_INSULATED };

/* The type of a cell. */
static inline gf_type gf_diffusion_real(const gf_problem *problem) {
    return problem->precision == GF_PRECISION_F64 ? GF_TYPE_F64 : GF_TYPE_F32;
}

/* The smallest and largest value of the first state. problem->extra holds one, infinite until the
 * inputs are made. A stable scheme never leaves it (discrete maximum principle, r <= 1/4). */
typedef struct first_state_range {
    double low, high;
} first_state_range;

/* cpu_tiling.c */
#define GF_DIFFUSION_CPU_TUNABLES 4
extern const gf_tunable gf_diffusion_cpu_tunables[GF_DIFFUSION_CPU_TUNABLES];

/* ndrange.c */
#define GF_DIFFUSION_NDRANGE_VARIANTS 4
extern const gf_ndrange_variant gf_diffusion_ndrange_variants[GF_DIFFUSION_NDRANGE_VARIANTS];

#endif
