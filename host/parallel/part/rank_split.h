/* How the ranks of a job share the units of a problem: a row of them each, in the order of the
 * ranks. */
#pragma once

#include "problem/workload.h"

/* Buckets of units whose work is sampled. */
#define GF_WORK_BUCKETS 128

/* The work of the units up to the end of each bucket, as a share of the whole; even where every
 * unit has as much. */
typedef struct gf_work_profile {
    double until[GF_WORK_BUCKETS];
} gf_work_profile;

/* Of a problem whose units are rows of the result with work that depends on the values: some items
 * of each bucket say how much (sample_work); of others it is even. */
void gf_work_profile_of(const gf_problem *problem, const gf_division *division,
                        gf_work_profile *profile);

/* Every unit has as much work. */
void gf_work_profile_make_even(gf_work_profile *profile);

/* The unit before which this share of the work lies. */
uint64_t gf_work_unit_at(uint64_t units, const gf_work_profile *profile, double share);

/* Splits the units into parts that take equally long by the ranks' rates; NULL: all are equal, as
 * also where one is 0. Ranks beyond the units get none; where units read
 * others, every part but such an empty one has at least `least` units, or else fewer ranks get any.
 */
void gf_rank_split(uint64_t units, const gf_work_profile *profile, uint64_t least,
                   const double *rates, uint32_t count, gf_part *parts);

/* The share of the whole work that a part has. */
double gf_work_share(uint64_t units, const gf_work_profile *profile, gf_part part);
