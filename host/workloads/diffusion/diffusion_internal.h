/* What the files of the diffusion workload share. */
#pragma once

#include "problem/workload.h"

enum boundary { BOUNDARY_FIXED, BOUNDARY_PERIODIC, BOUNDARY_INSULATED };

/* Operations for a cell and step: 3 additions, a multiplication by 4, a subtraction, a
 * multiplication by the rate, an addition. */
#define GF_DIFFUSION_OPERATIONS 7.0

/* The smallest and largest value of the first state. problem->extra holds one, infinite until the
 * inputs are made. A stable scheme never leaves it (discrete maximum principle, r <= 1/4). */
typedef struct first_state_range {
    double low, high;
} first_state_range;
