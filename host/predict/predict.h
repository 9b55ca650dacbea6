/* Predicting a round trip on a device from its profile. */
#pragma once

#include "calibrate/profile.h"
#include "device/visits.h"
#include "predict/estimate.h"
#include "predict/roofline.h"
#include "problem/parts/fits.h"
#include "problem/traffic.h"

/* A predicted value and the interval that should hold it in GF_CONFIDENCE of the cases. */
typedef struct gf_interval {
    double value, low, high;
} gf_interval;

typedef struct gf_prediction {
    bool possible; /* false: memory or f64 is missing, or there are no measured cases */
    char why_not[160];
    gf_interval phases[GF_PHASE_COUNT]; /* ns; alloc, h2d, launch, kernel, d2h, total. alloc is 0
                                           where it is not known. */
    /* Of a round trip whose transfers overlap the kernels; value 0: none is predicted, because
     * nothing can overlap or because it was not measured in cases of the kernel. */
    gf_interval pipelined;
    gf_overlap overlap;   /* of that */
    gf_visits visits;     /* where the device has no room for the whole problem; else 0 bands */
    double log_deviation; /* standard deviation of the logarithm of the better round trip */
    gf_roofline roofline;
    double build_ns;  /* a cold build, as those of the cases took; 0: nothing is compiled */
    bool build_known; /* false: no case tells it, as in older profiles */
    /* The threads that it is a time with, of a kernel that uses what there is: those of the cases
     * that took the next shorter and the next longer time. 0: not known. */
    uint32_t least_threads, most_threads;
    uint32_t case_count; /* measured cases of this kernel that were used */
    bool beyond;         /* the problem is outside the range of these cases */
    bool bound;          /* its work is only bounded: it takes at most the predicted times */
} gf_prediction;

/* Predicts `variant` of the profile's device for a problem. Never fails: an impossible prediction
 * has its reason in why_not. The estimate may learn the efficiency in another lane group. */
void gf_predict(const gf_profile *profile, const char *variant, const gf_problem *problem,
                gf_estimate *estimate, gf_prediction *prediction);

/* Places a prediction under the roofline of its profile again, after its ceilings were raised. */
void gf_predict_roofline(const gf_profile *profile, const gf_problem *problem,
                         const gf_estimate *estimate, gf_prediction *prediction);
/* The schedule with the shorter round trip; candidates are compared by it. */
gf_schedule gf_prediction_schedule(const gf_prediction *prediction);
/* The round trip of that schedule. */
gf_interval gf_prediction_best(const gf_prediction *prediction);

/* The probability that a is faster than b, both possible. The errors of both are correlated
 * (GF_ERRORS_ALIKE). Small and very large errors of their ratio are more frequent than in a normal
 * distribution with the same interval: the median error is 23 to 32 % of half the interval
 * (docs/how-well-we-predict.md), where a normal distribution has 41 % and Student's distribution
 * with 2 degrees of freedom, which is used, 28 %. */
double gf_predict_faster(const gf_prediction *a, const gf_prediction *b);
/* The expected loss of choosing a rather than the faster of a and b, as a share of the time of the
 * faster: the geometric mean of total(chosen) / total(faster), less 1, in the same distribution. It
 * grows with the width of the interval, also where the probability stays the same. */
double gf_predict_loss(const gf_prediction *a, const gf_prediction *b);
/* The better round trip of b / that of a, with its interval. */
gf_interval gf_predict_speedup(const gf_prediction *a, const gf_prediction *b);
