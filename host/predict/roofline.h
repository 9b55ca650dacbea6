/* The roofline of a device (S. Williams, A. Waterman, D. Patterson, 2009), and launches. */
#pragma once

#include "calibrate/profile.h"

/* The position of a kernel under the roofline. */
typedef struct gf_roofline {
    double intensity;    /* operations per byte, without blocking */
    const char *ceiling; /* the lowest ceiling at this intensity: "f64", "memory", "cache",
                            "launch"; NULL: the profile has none */
    double ceiling_ns;   /* time of a round trip's kernels at that ceiling */
    double share;        /* predicted share of the ceiling; above 1 if a kernel of several steps
                            moves fewer bytes than counted, because it blocks in time */
    /* In ns, so that 1 is 10^9 a second; 0: not known. */
    double operation_rate; /* operations at the ceiling of arithmetic */
    double byte_rate;      /* bytes at the ceiling of memory or caches */
    double predicted_rate; /* operations, as predicted */
} gf_roofline;

/* The least time of a round trip's kernels: of one step between two stops, since its bytes all
 * move. 0: more steps, or a profile without rates by size, of which those of older builds may be
 * far too low. */
double gf_roofline_least_ns(const gf_ceilings *ceilings, const gf_case *asked);

/* Places case `asked` under the ceilings; `compute_ns`: its predicted kernel time per round trip.
 */
gf_roofline gf_roofline_place(const gf_ceilings *ceilings, const gf_case *asked, double compute_ns);
