/* One call of a twin: the arguments that it gets in a step. */
#pragma once

#include "manifest/evaluate.h"
#include "user/user.h"

typedef struct gf_twin_call {
    const gf_manifest *manifest;
    gf_twin_entry entry; /* NULL: it is not loaded */
    gf_manifest_values values;
    size_t length; /* of the range; 0 if the twin computes the whole */
    int threads;
    void *buffers[GF_MAX_ARGUMENTS];
    gf_twin_value scalars[GF_MAX_ARGUMENTS];
} gf_twin_call;

gf_status gf_twin_call_begin(const gf_problem *problem, int threads, gf_twin_call *call,
                             gf_error *error);
/* The arguments as they are in a step; `buffers` in the order of their present roles. */
gf_status gf_twin_call_set(gf_twin_call *call, uint64_t step, void *const *buffers,
                           gf_error *error);
/* After a step of a problem with a pair. */
void gf_twin_swap(const gf_problem *problem, void **buffers);
