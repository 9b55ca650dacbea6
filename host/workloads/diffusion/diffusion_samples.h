/* Sampled verification of diffusion by dependence cones.
 *
 * A small block of cells depends on the first state of the cells within `steps` of it, so the
 * reference computes that neighbourhood alone. Wrong values from its artificial edges move inward
 * by one cell a step and never reach the block.
 */
#pragma once

#include "problem/workload.h"

/* `sample_operations` and `check_sample` of the workload. */
double gf_diffusion_sample_operations(const gf_problem *problem);
gf_status gf_diffusion_check_sample(const gf_problem *problem, const gf_sample_request *request,
                                    gf_difference *difference, gf_error *error);
