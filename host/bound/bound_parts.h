/* What a bound consists of, and what it starts from. */
#pragma once

#include "model/model.h"
#include "model/model_tables.h"
#include "predict/estimate.h"

/* What a time is limited by. */
typedef enum gf_limit {
    GF_LIMIT_BUS,
    GF_LIMIT_MEMORY,
    GF_LIMIT_ISSUE,
    GF_LIMIT_ARITHMETIC,
    GF_LIMIT_LAUNCH,
    GF_LIMITS
} gf_limit;

typedef struct gf_bounds {
    double best, worst; /* ns */
} gf_bounds;

typedef struct gf_bound {
    const gf_model *model;
    bool possible; /* false: the device lacks memory or f64 */
    char why_not[160];
    gf_bounds limits[GF_LIMITS]; /* the time that each limit alone takes; the bus both ways */
    gf_bounds up, kernel, down;  /* kernel: with its launches */
    gf_bounds total;             /* of a round trip from and to pinned memory */
    struct {
        gf_bounds up, down, total;
    } pageable;                       /* the same from and to pageable memory */
    gf_limit best_limit, worst_limit; /* which decides the total */
    bool work_bounded;                /* the work is only known to lie between two values */
    double lane_efficiency;           /* at best */
} gf_bound;

/* What bounds start from. */
typedef struct gf_bound_request {
    const gf_tables *tables;
    const gf_problem *problem;
    gf_estimate *estimate; /* may learn the efficiency in other lane groups */
} gf_bound_request;
