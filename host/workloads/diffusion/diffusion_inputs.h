/* The first states of diffusion: shapes, and arrays from files. */
#pragma once

#include "problem/workload.h"

/* If the first state is a file, its shape becomes the size. A size that was set to another one is
 * an error. */
gf_status gf_diffusion_take_size(gf_problem *problem, gf_error *error);

/* `fill` and `fill_rows` of the workload. */
gf_status gf_diffusion_fill(const gf_problem *problem, uint32_t index, void *host, gf_error *error);
gf_status gf_diffusion_fill_rows(const gf_problem *problem, uint32_t index, size_t first,
                                 size_t count, void *host, gf_error *error);
