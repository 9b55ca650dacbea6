/* By which factor a time has changed between two measurements, each of one or several runs of a
 * program; docs/diff.md explains the method. */
#pragma once

#include "stats/samples.h"

/* What the median of a time differs by from run to run, as the standard deviation of its logarithm
 * (docs/diff.md has the measurements): a part that every time has, which is larger on a machine
 * that others use, and a share of what the samples of a run scatter by, since what scatters within
 * a run does so from run to run, too. Steady samples scatter by less than GF_STEADY_SCATTER; more
 * has causes that last longer than a run, so that the share is larger there. */
#define GF_RUN_DEVIATION        0.017
#define GF_SHARED_RUN_DEVIATION 0.04
#define GF_RUN_SCATTER_SHARE    0.4
#define GF_STEADY_SCATTER       0.025
#define GF_RUN_SHARE_UNSTEADY   2.0

typedef struct gf_change_run {
    gf_samples samples;
    bool shared; /* others used the machine at times */
} gf_change_run;

typedef struct gf_change {
    double ratio; /* of the new median to the old one; of several runs: of the geometric means of
                     the medians */
    double low, high; /* the interval around it */
    /* What keeps the interval wide: half its width, as a share, by the scatter of the samples and
     * by the differences between runs. */
    double by_samples, by_runs;
} gf_change;

/* The probability, if both measurements are of one distribution, that all samples of one are
 * shorter than all of the other, or longer: a test can't be surer than that. */
double gf_change_least_doubt(uint32_t old_samples, uint32_t new_samples);

/* The factor and an interval around it that leaves the probability `outside` on both sides
 * together: by a bootstrap of the medians, which counts samples that resemble the one before as
 * less than one, and by the differences between runs. All runs have samples, and no median is 0.
 * Equal seeds give equal results. GF_FAILED: no memory. */
gf_status gf_change_estimate(const gf_change_run *old_runs, size_t old_count,
                             const gf_change_run *new_runs, size_t new_count, double outside,
                             uint64_t seed, gf_change *change, gf_error *error);
