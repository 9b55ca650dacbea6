/* The demands of a problem on a device, estimated before it runs: work, bytes, divergence. */
#pragma once

#include "measure/simd_efficiency.h"
#include "predict/sampling/work_samples.h"
#include "problem/workload.h"

/* Kinds of blocks that hold complete groups of gf_lane_groups. */
#define GF_BLOCK_KINDS 2
/* Lane groups besides gf_lane_groups whose efficiency is remembered. */
#define GF_OTHER_GROUPS 8

typedef struct gf_estimate {
    const gf_problem *problem;   /* outlives the estimate */
    double work;                 /* of the whole run, in the workload's unit; expected */
    double work_error;           /* its relative standard error by sampling; 0: exact */
    bool bound;                  /* sampling took too long: the work is `work` or less */
    double least_work;           /* ... but at least this; without a bound it is `work` */
    double operations;           /* work times the operations of one unit */
    double bytes;                /* between memory and processor, without blocking */
    double items;                /* elements of the result */
    double buffers, footprint;   /* number of buffers, and bytes of all together */
    double segments;             /* parts of the computation between two stops; 1 without stops */
    double segment_steps;        /* steps of a segment; 1 without steps */
    double bytes_up, bytes_down; /* of one round trip, all stops together */
    double uploads, downloads;   /* transfers of one round trip */
    gf_sampled_work sampled;     /* the sample of the work; of 0 items without sampling */
    uint64_t sampled_ns;         /* the processor time that sampling took */
    /* SIMD efficiency in each of gf_lane_groups, then of the other groups that were asked for; and
     * its standard error. Those not sampled are 1. */
    double efficiency[GF_LANE_GROUPS + GF_OTHER_GROUPS];
    double efficiency_error[GF_LANE_GROUPS + GF_OTHER_GROUPS];
    gf_lane_group other_groups[GF_OTHER_GROUPS];
    uint32_t other_count;
    bool sampled_kinds[GF_BLOCK_KINDS];
} gf_estimate;

/* If the work of items differs, samples it at random places until it is known well; otherwise the
 * descriptor has it. With the lane groups below half a second at most for a problem. */
gf_estimate gf_estimate_of(const gf_problem *problem);

/* The same without sampling: the work is the most that it can be. */
gf_estimate gf_estimate_of_descriptor(const gf_problem *problem);

/* The same once a result is known, with its work and its efficiency in each of gf_lane_groups:
 * nothing is sampled. */
gf_estimate gf_estimate_of_result(const gf_problem *problem, double work,
                                  const double efficiency[GF_LANE_GROUPS]);

/* SIMD efficiency in groups of any shape; 1 for a group of one item. A shape is sampled when it is
 * first asked for, because few are. */
gf_sampled gf_estimate_efficiency(gf_estimate *estimate, gf_lane_group lanes);
/* Samples all of gf_lane_groups, for a report. */
void gf_estimate_lane_groups(gf_estimate *estimate);
