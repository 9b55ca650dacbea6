#include "measure/saving/segment.h"

/* Kernels that do several steps in one pass through memory need some. */
#define LEAST_STEPS 32
/* The first segments are also of what a driver does at first. */
#define MOST_GROWTH 8

uint64_t gf_segment_steps(uint64_t steps, uint64_t took, uint64_t ns) {
    if (steps == 0 || took == 0)
        return LEAST_STEPS;
    const double wanted = (double)ns / ((double)took / (double)steps);
    const uint64_t most = steps * MOST_GROWTH;
    const uint64_t fit = wanted < (double)most ? (uint64_t)wanted : most;
    return fit < LEAST_STEPS ? LEAST_STEPS : fit;
}
