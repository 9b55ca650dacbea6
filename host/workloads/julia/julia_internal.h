/* What the files of the Julia workload share. */
#pragma once

#include "problem/workload.h"

/* Operations of an iteration: 3 multiplications and 5 additions or subtractions; the comparison
 * does not count. */
#define GF_JULIA_OPERATIONS 8.0

/* Pixels of the picture, and so counts of a result. */
static inline size_t gf_julia_pixels(const gf_problem *problem) {
    const gf_buffer_spec *counts = &problem->buffers[problem->result];
    return counts->rows * counts->cols;
}

/* One count of a result. */
static inline uint32_t gf_julia_count_at(const gf_problem *problem, const void *result,
                                         size_t index) {
    if (problem->buffers[problem->result].type == GF_TYPE_U16)
        return ((const uint16_t *)result)[index];
    return ((const uint32_t *)result)[index];
}
