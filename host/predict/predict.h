/* Predicting a round trip on a device from its profile. */
#ifndef GF_PREDICT_H
#define GF_PREDICT_H

#include "calibrate/profile.h"
#include "predict/estimate.h"

/* Correlation of the errors of two predictions for the same problem, over the devices and kernels
 * of docs/how-well-we-predict.md: what is unusual about a problem is so for both. */
#define GF_ERRORS_ALIKE 0.6

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

/* Measures what the profile lacks to predict a variant for problems like this: the calibration
 * cases of the workload (descriptor), with the precision and math of `values`. Already known points
 * are not measured again. `session` must be the device's. Progress and cancel as in the options. */
gf_status gf_profile_measure_cases(gf_profile *profile, gf_session *session, gf_device *device,
                                   const char *variant, const gf_params *params,
                                   const gf_run_options *options, gf_error *error);
/* How many cases that would run. */
size_t gf_profile_missing(const gf_profile *profile, const char *variant, const gf_params *params);

/* Makes a point of a result that is ok. */
void gf_case_of_result(const gf_problem *problem, const gf_estimate *estimate,
                       const gf_result *result, const char *values, gf_case *point);

#endif
