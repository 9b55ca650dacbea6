/* Whether a device's memory can hold a problem. */
#pragma once

#include "problem/workload.h"

/* In bytes; 0: not known, no limit. */
typedef struct gf_memory_limits {
    uint64_t total, one_buffer;
} gf_memory_limits;

/* The limit that a problem exceeds. */
typedef struct gf_misfit {
    bool one_buffer; /* the largest buffer is above the limit of one; else all together are */
    uint64_t needed, limit;
} gf_misfit;

/* false: *why says which limit is too low. */
bool gf_problem_fits(const gf_problem *problem, const gf_memory_limits *limits, gf_misfit *why);
