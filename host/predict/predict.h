/* Predicting a round trip on a device from its profile. */
#ifndef GF_PREDICT_H
#define GF_PREDICT_H

#include "calibrate/profile.h"
#include "predict/estimate.h"

/* A predicted value and the interval that should hold it in GF_CONFIDENCE of the cases. */
typedef struct gf_interval {
    double value, low, high;
} gf_interval;

/* Where a kernel stands under the roofline of a device. */
typedef struct gf_roofline {
    double intensity;    /* operations per byte, without blocking */
    const char *ceiling; /* which of the ceilings is the lowest here: "f64", "memory", "cache",
                            "launch"; NULL: the profile has none */
    double ceiling_ns;   /* the time of one round trip's kernels at that ceiling */
    double share;        /* of the ceiling that the kernel is predicted to reach; above 1 when
                            blocking moves fewer bytes than counted, or reading alone is faster
                            than copying */
} gf_roofline;

typedef struct gf_prediction {
    bool possible; /* false: memory or f64 is missing, or there are no points */
    char why_not[160];
    gf_interval phases[GF_PHASE_COUNT]; /* ns; alloc, h2d, launch, kernel, d2h, total */
    double log_deviation;               /* standard deviation of the logarithm of the total */
    gf_roofline roofline;
    uint32_t case_count; /* measured cases of this kernel that stand behind it */
    bool beyond;         /* the problem lies outside the range of these cases */
} gf_prediction;

/* Predicts `variant` of the profile's device for a problem. Never fails: what can't be predicted is
 * not possible, with the reason. */
void gf_predict(const gf_profile *profile, const char *variant, const gf_problem *problem,
                const gf_estimate *estimate, gf_prediction *prediction);

/* The probability that a is faster than b, both possible. A part of their errors is common to both
 * (GF_ERRORS_ALIKE). Small and very large errors of their ratio are more frequent than in a normal
 * distribution with the same interval: the median error is 23 to 32 % of the interval's half
 * (docs/how-well-we-predict.md), where a normal distribution has 41 % and Student's with 2 degrees
 * of freedom, which is taken, 28 %. */
double gf_predict_faster(const gf_prediction *a, const gf_prediction *b);
/* How many times as fast a is as b (total of b / total of a), with its interval. */
gf_interval gf_predict_speedup(const gf_prediction *a, const gf_prediction *b);

/* ---- Points ------------------------------------------------------------ */

#endif
