/* Ordinary kriging: a smooth function of a few variables through noisy points, with its error. */
#ifndef GF_KRIGING_H
#define GF_KRIGING_H

#include <stdbool.h>
#include <stdint.h>

#define GF_KRIGING_DIMENSIONS 5
#define GF_KRIGING_POINTS     64

/* Each variable in units of its correlation length. */
typedef struct gf_site {
    double x[GF_KRIGING_DIMENSIONS];
} gf_site;

/* About 40 KiB; fit it on the stack or inside something else. */
typedef struct gf_kriging {
    uint32_t count;
    gf_site sites[GF_KRIGING_POINTS];
    double mean;     /* the constant that the function returns to, estimated */
    double variance; /* of the function around it, estimated */
    double surprise; /* variance that leaving points out shows to be missing from their errors */
    double factor[GF_KRIGING_POINTS][GF_KRIGING_POINTS]; /* Cholesky factor of the correlations */
    double ones[GF_KRIGING_POINTS];    /* inverse correlations times a vector of ones */
    double weights[GF_KRIGING_POINTS]; /* the same times (y - mean) */
} gf_kriging;

/* Fits `count` points (1 to GF_KRIGING_POINTS) y at sites with noise of the given standard
 * deviation each. false: no fit (the matrix is not positive definite). */
bool gf_kriging_fit(gf_kriging *kriging, const gf_site *sites, const double *y, const double *noise,
                    uint32_t count);

/* The function's value at a site and the standard deviation of its error. */
double gf_kriging_predict(const gf_kriging *kriging, const gf_site *site, double *deviation);

#endif
