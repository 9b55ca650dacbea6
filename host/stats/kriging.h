/* Ordinary kriging, which is Gaussian-process regression with a constant unknown mean: a smooth
 * function of a few variables, estimated from noisy observations, with its error. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define GF_KRIGING_DIMENSIONS 5
#define GF_KRIGING_MOST       64 /* observations */

/* Where a value was observed: each variable in units of its correlation length. */
typedef struct gf_site {
    double x[GF_KRIGING_DIMENSIONS];
} gf_site;

/* About 40 KiB: small enough for the stack. */
typedef struct gf_kriging {
    uint32_t count;
    gf_site sites[GF_KRIGING_MOST];
    double mean;            /* estimated; far from all observations the function returns to it */
    double variance;        /* of the function around the mean, estimated */
    double excess_variance; /* added to predicted variances, which leave-one-out errors exceed */
    double factor[GF_KRIGING_MOST][GF_KRIGING_MOST]; /* Cholesky factor of the correlations */
    double ones[GF_KRIGING_MOST];    /* inverse correlations times a vector of ones */
    double weights[GF_KRIGING_MOST]; /* inverse correlations times (y - mean) */
} gf_kriging;

/* Fits `count` observations (1 to GF_KRIGING_MOST): y at a site, with noise of this standard
 * deviation. false: no fit, because the matrix is not positive definite. */
bool gf_kriging_fit(gf_kriging *kriging, const gf_site *sites, const double *y, const double *noise,
                    uint32_t count);

/* The function's value at a site and the standard deviation of its error. */
double gf_kriging_predict(const gf_kriging *kriging, const gf_site *site, double *deviation);
