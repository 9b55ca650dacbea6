/* How long a kernel takes at each ceiling of its device, and ceilings that a kernel has passed. */
#pragma once

#include "calibrate/profile.h"
#include "measure/result.h"

/* What a kernel demands of its device in a round trip. */
typedef struct gf_demand {
    gf_precision precision;
    double operations, bytes;
    double written; /* share of the bytes that is written */
    double footprint, segments;
    double segment_steps;
} gf_demand;

/* Times at the ceilings in ns; 0: that ceiling is not known. */
typedef struct gf_ceiling_times {
    double arithmetic, moving, launch;
} gf_ceiling_times;

gf_ceiling_times gf_ceilings_times(const gf_ceilings *ceilings, const gf_demand *demand);
/* Whether all buffers together fit into the caches that were seen. */
bool gf_ceilings_cached(const gf_ceilings *ceilings, double footprint);

/* Share of a problem's bytes that is written, from the access to its buffers. */
double gf_written_share(const gf_problem *problem);

/* Raises each ceiling that a verified kernel has passed: one that met the demand in `compute_ns`.
 * Bytes count only where they all moved: a kernel that computes several steps between two stops may
 * keep values from one step to the next. Returns whether a ceiling was raised. */
bool gf_ceilings_raise(gf_ceilings *ceilings, const gf_demand *demand, double compute_ns);

/* The same for a result that is ok, with the work that it really did. */
bool gf_ceilings_raise_by_result(gf_ceilings *ceilings, const gf_problem *problem,
                                 const gf_result *result);
