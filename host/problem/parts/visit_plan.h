/* How a problem that is larger than a device's memory goes through it: out of core, band by band. A
 * visit is the stay of one band on the device: its units go up, are computed, and come down. */
#pragma once

#include "problem/parts/fits.h"
#include "problem/workload.h"

/* Most steps of a visit, and so the most units of a halo on each side. */
#define GF_MOST_STEPS_OF_A_VISIT 512

/* What visits take, in any unit of time. */
typedef struct gf_visit_costs {
    double move;   /* of one unit, up and down */
    double step;   /* of one step of one unit */
    double fixed;  /* of a visit besides */
    bool overlaps; /* bands move while others are computed */
} gf_visit_costs;

typedef struct gf_visit_plan {
    uint32_t sets;  /* of the band's buffers: with 2 a band moves while another is computed */
    uint64_t room;  /* units that the band's buffers have room for, with its halos; 0: not even one
                       unit fits */
    uint64_t steps; /* of a visit, at most; 0: the problem has none */
    uint64_t halo;  /* units on each side that a band computes as well */
    uint64_t bands;
    uint64_t visits; /* of a round trip: each band, and again after each `steps` steps */
    uint64_t bytes_up, bytes_down; /* of a round trip */
    uint64_t device_bytes;         /* of all buffers on the device at once */
} gf_visit_plan;

/* The costs are NULL where nothing is known of them. Of units that read others the steps of a visit
 * are those for which a round trip takes least: few, and the bands move often; many, and their
 * halos are computed more than once. Where two sets of buffers leave no room there is one.
 * `division` says how the problem divides, and that it does. */
gf_visit_plan gf_visit_plan_make(const gf_problem *problem, const gf_division *division,
                                 const gf_memory_limits *limits, uint32_t sets,
                                 const gf_visit_costs *costs);

/* The units of the index-th band, without halos. */
gf_part gf_visit_band(const gf_visit_plan *plan, const gf_division *division, uint64_t index);

/* Bytes on the device that a band of so many units takes. */
uint64_t gf_visit_device_bytes(const gf_problem *problem, const gf_division *division,
                               uint64_t room);
