/* The demands of a problem on a device, estimated before it runs: work, bytes, divergence. */
#pragma once

#include "measure/simd_efficiency.h"
#include "problem/workload.h"

typedef struct gf_estimate {
    double work;                 /* of the whole run, in the workload's unit; expected */
    double work_error;           /* its relative standard error by sampling; 0: exact */
    double operations;           /* work times the operations of one unit */
    double bytes;                /* between memory and processor, without blocking */
    double items;                /* elements of the result */
    double buffers, footprint;   /* number of buffers, and bytes of all together */
    double segments;             /* parts of the computation between two stops; 1 without stops */
    double segment_steps;        /* steps of a segment; 1 without steps */
    double bytes_up, bytes_down; /* of one round trip, all stops together */
    double uploads, downloads;   /* transfers of one round trip */
    uint32_t sampled_rows;       /* 0: no sampling */
    double efficiency[GF_LANE_GROUPS]; /* SIMD efficiency in each of gf_lane_groups */
} gf_estimate;

/* Samples the work of some bands of rows with the scalar CPU kernel, for a quarter of a second at
 * most, if the work of items differs; otherwise the descriptor has it. GF_FAILED: no memory. */
gf_status gf_estimate_create(const gf_problem *problem, gf_estimate *estimate, gf_error *error);

/* Efficiency of the sampled lane group most like this one; 1 for a group of one item. */
double gf_estimate_efficiency(const gf_estimate *estimate, gf_lane_group lanes);
