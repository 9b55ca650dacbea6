/* The grid of the diffusion kernel, which its parts share. */
#ifndef GF_DIFFUSION_GRID_H
#define GF_DIFFUSION_GRID_H

#include "kernel.h"

enum boundary { FIXED, PERIODIC, INSULATED };

typedef struct grid {
    size_t rows, cols;
    uint32_t boundary;
    gf_real rate;
} grid;

/* How far a run has come: steps done, in so many exchanges of the pair. */
typedef struct progress {
    uint64_t steps, passes;
} progress;

#endif
