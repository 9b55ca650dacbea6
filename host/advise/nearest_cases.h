/* The calibration cases of a candidate's kernel, those nearest to a problem first. */
#pragma once

#include "predict/candidates.h"
#include "predict/cases.h"

typedef struct gf_near_case {
    const char *text; /* the case, as the workload has it */
    double distance;  /* from the problem, in correlation lengths */
    double bytes;     /* of all its buffers */
    uint32_t turns;   /* that were measured; GF_ALL_TURNS: no further one is due */
} gf_near_case;

#define GF_ALL_TURNS UINT32_MAX

typedef struct gf_near_cases {
    gf_near_case *items; /* owned */
    size_t count;
} gf_near_cases;

/* The cases that the candidate's variant is offered for and its device has room for and did not
 * refuse. Free the items. */
gf_status gf_near_cases_find(const gf_candidate *item, const gf_problem *problem,
                             gf_near_cases *cases, gf_error *error);
