/* Thresholds: the value of a sweep from which one curve of times lies below others for good, with
 * an interval. Pure functions of numbers; docs/breakeven.md explains the method. */
#ifndef GF_CROSSOVER_H
#define GF_CROSSOVER_H

#include "stats/samples.h"

typedef enum gf_crossover_kind {
    GF_CROSSOVER_ALWAYS, /* it wins at every value of the sweep */
    GF_CROSSOVER_AT,     /* it wins from `index` on */
    GF_CROSSOVER_NEVER   /* it does not win at the last value */
} gf_crossover_kind;

typedef struct gf_crossover {
    gf_crossover_kind kind;
    size_t index;     /* GF_CROSSOVER_AT: the first value from which it wins at all that follow */
    double crossing;  /* where the curves cross, between the value before and that one; 0: before
                         the sweep, INFINITY: not up to its end */
    double low, high; /* the interval of the crossing; the same 0 and INFINITY */
} gf_crossover;

/* A curve: what is known of a device at each value of a sweep. */
typedef struct gf_curve {
    const gf_samples *samples;   /* measured: one set for each value; count 0: no time there */
    const double *ns;            /* predicted, if `samples` is NULL: INFINITY: no time there */
    const double *log_deviation; /* of these: standard deviation of the logarithm; the errors at
                                    all values of a curve are taken to be one error, and those of
                                    two curves to be alike as GF_ERRORS_ALIKE says */
} gf_curve;

/* From which of `count` growing values on curves[0] is below all others, which are the rivals. A
 * curve without a time loses; where no rival has one, a curve that has one wins. The interval comes
 * from a bootstrap: the samples of each value are drawn again (predicted: the error of each curve),
 * and 5 % of the repetitions lie below it, 5 % above. To that comes what interpolating between two
 * values can be off. Equal seeds give equal results. GF_FAILED without memory. */
gf_status gf_crossover_find(const double *values, size_t count, const gf_curve *curves,
                            size_t curve_count, uint64_t seed, gf_crossover *threshold,
                            gf_error *error);

/* Where a curve passes a level for the first time, on logarithmic axes: a value between two
 * neighbours; 0 when it lies above the level from the first value on or never does. */
double gf_passes_level(const double *values, const double *heights, size_t count, double level);

#endif
