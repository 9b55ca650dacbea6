/* A quantity of a kernel at one problem, estimated from the kernel's measured cases:
 * Gaussian-process regression of its logarithm (stats/kriging.h). */
#pragma once

#include "calibrate/profile.h"
#include "stats/confidence.h"
#include "stats/kriging.h"

/* The least deviation of the logarithm of any measured or predicted time. */
#define GF_LEAST_NOISE GF_PROCESS_DEVIATION

/* The cases of one kernel nearest to an asked one. */
typedef struct gf_neighbours {
    gf_site site; /* of the asked case */
    const gf_case *cases[GF_KRIGING_MOST];
    double distances[GF_KRIGING_MOST]; /* from the asked case, in correlation lengths */
    uint32_t count;
} gf_neighbours;

void gf_neighbours_find(const gf_profile *profile, const char *variant, const gf_case *asked,
                        gf_neighbours *neighbours);
/* count > 0. */
const gf_case *gf_neighbours_nearest(const gf_neighbours *neighbours);

/* How far two cases are from one another, in correlation lengths. */
double gf_case_distance(const gf_case *a, const gf_case *b);

/* The logarithm of a quantity at some cases. */
typedef struct gf_gp_data {
    gf_site sites[GF_KRIGING_MOST];
    double y[GF_KRIGING_MOST], noise[GF_KRIGING_MOST];
    uint32_t count;
    bool sparse; /* the kernel may have more cases than were measured: where these are too few to
                    tell how far they are off, the usual error between cases is added */
} gf_gp_data;

/* `noise`: standard deviation of log(value); at least GF_LEAST_NOISE is used. */
void gf_gp_data_add(gf_gp_data *data, const gf_case *at, double value, double noise);

/* A quantity at a site. */
typedef struct gf_posterior {
    double value;
    double deviation; /* of its logarithm */
    double beyond;    /* distance of the site from the range of the cases, in correlation lengths */
} gf_posterior;

/* false: no fit. */
bool gf_gp_data_predict(const gf_gp_data *data, gf_site site, gf_posterior *posterior);
