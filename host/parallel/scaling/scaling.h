/* What a problem takes on another number of ranks, predicted from its round trips on one of them
 * and from what messages take. */
#pragma once

#include "parallel/parallel_state.h"
#include "parallel/part/grid_choice.h"

/* What is known from one rank. */
typedef struct gf_scaling {
    bool known;
    const gf_division *division;
    const gf_work_profile *profile;
    uint64_t steps; /* of the problem */
    gf_grid_facts grids;
    gf_rank_grid wanted;                    /* of as many ranks; across 0: none */
    double moving_ns, launch_ns, kernel_ns; /* transfers, launches and kernels of the whole */
} gf_scaling;

/* From the result of one rank, if the problem was run on one; known: false if not. */
gf_scaling gf_scaling_of(const gf_parallel *parallel);
/* The time of a round trip on so many ranks, each as fast as that one, with messages as long on
 * their way as those that were measured. 0: not known. */
double gf_scaling_predict(const gf_scaling *scaling, uint32_t ranks);
/* The number of ranks, up to `most`, for which that is the least; more ranks only where they gain
 * more than one in a hundred. */
uint32_t gf_scaling_best(const gf_scaling *scaling, uint32_t most);
