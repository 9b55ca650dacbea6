/* Crossovers: the value of a sweep from which one curve of times stays below the others, with an
 * interval. Pure functions of numbers; docs/breakeven.md explains the method. */
#pragma once

#include "gpufare.h"
#include "stats/samples.h"

/* A curve: the times of a device at each value of a sweep, measured or predicted. */
typedef struct gf_curve {
    const gf_samples *samples;   /* measured: one set for each value; count 0: no time there */
    const double *ns;            /* predicted, if `samples` is NULL; INFINITY: no time there */
    const double *log_deviation; /* of a predicted time: standard deviation of its logarithm. All
                                    values of a curve share one error; the errors of two curves
                                    have the correlation GF_ERRORS_ALIKE */
} gf_curve;

/* Finds the first of `count` growing values from which curves[0] stays below its rivals, the other
 * curves. A curve without a time loses; a curve with a time wins where no rival has one. The
 * interval leaves 5 % of a bootstrap's repetitions below and 5 % above, which draw the samples of
 * each value again (predicted: the error of each curve), and is widened by the error of
 * interpolating between two values. Equal seeds give equal results. GF_FAILED: no memory. */
gf_status gf_crossover_find(const double *values, size_t count, const gf_curve *curves,
                            size_t curve_count, uint64_t seed, gf_crossover *crossover,
                            gf_error *error);

/* A change of the lead between curves[0] and the fastest of its rivals. */
typedef struct gf_crossing {
    size_t index;     /* of the first value behind it */
    bool wins;        /* curves[0] leads behind it; else it leads before it */
    double at;        /* between values index - 1 and index */
    double low, high; /* its interval, found as that of gf_crossover_find; 0: it may be before the
                         first value; INFINITY: behind the last one */
} gf_crossing;

/* Finds every change of the lead, in ascending order. `found` has room for count - 1. *wins_first:
 * whether curves[0] leads at the first value. A lead between two changes that nowhere reaches the
 * factor `least_lead` counts as noise, and both changes are left out. Otherwise as
 * gf_crossover_find. */
gf_status gf_crossings_find(const double *values, size_t count, const gf_curve *curves,
                            size_t curve_count, double least_lead, uint64_t seed, bool *wins_first,
                            gf_crossing *found, size_t *found_count, gf_error *error);

/* Where a curve first rises through a level, interpolated between two values on logarithmic axes; 0
 * when the first value is above the level already or no value reaches it. */
double gf_passes_level(const double *values, const double *heights, size_t count, double level);
