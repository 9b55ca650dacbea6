/* What happens between the steps of a rank's round trip: states are saved, and it may end. */
#pragma once

#include "gpufare.h"

/* Zeroed: nothing does, and the trip begins with the first step. */
typedef struct gf_rank_pauses {
    uint64_t first; /* the step that the part's inputs are the state of */
    uint64_t next;  /* the step of the next pause; 0, or all steps: there is none */
    /* Called after `next` steps; sets *next to the pause after it. What it takes is in none of the
     * trip's times but *waited_ns, which it waited for other ranks. */
    gf_status (*pause)(void *context, uint64_t done, uint64_t *waited_ns, uint64_t *next,
                       gf_error *error);
    void *context;
    uint64_t apart_ns;  /* of the latest trip: what pauses took and is in none of its times */
    uint64_t exchanges; /* that it made */
} gf_rank_pauses;
