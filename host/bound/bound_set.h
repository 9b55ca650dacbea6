/* Bounds of a problem on several models, compared with the CPU. */
#pragma once

#include "bound/host_time.h"
#include "measure/reference/f64_difference.h"
#include "model/model_list.h"

/* The verdict of two bounds. */
typedef enum gf_worth {
    GF_WORTH_UNKNOWN, /* it can't run there, or there is no time of the CPU */
    GF_WORTH_NOT,     /* not even at its best */
    GF_WORTH_OPEN,
    GF_WORTH_YES /* even at its worst */
} gf_worth;

const char *gf_worth_name(gf_worth worth); /* "not-worth", "open", "worth"; NULL: unknown */

/* Bounds of a ratio: time of the CPU / time of the model. */
typedef struct gf_bound_ratio {
    double at_worst, at_best;
} gf_bound_ratio;

typedef struct gf_bound_row {
    gf_bound bound;
    gf_worth worth;
    gf_bound_ratio ratio;
    gf_bound_ratio resident; /* the same if no transfers were needed */
    bool pageable_flips;     /* with pageable memory it may not be worth it, at its worst */
    bool pageable_not_worth; /* with pageable memory it is not, even at its best */
    uint64_t calls[2];       /* until the build is paid, at best and at worst; 0: never */
    bool slow_f64;           /* the problem is in f64, which is slow there or missing */
    bool has_f32;            /* then `f32` is set, where there is the same problem in f32 */
    gf_bounds f32;           /* total of the same problem in f32 */
} gf_bound_row;

typedef struct gf_bound_set {
    gf_models *models; /* owned */
    gf_tables *tables; /* owned */
    gf_host_time host;
    gf_bound_row *rows;               /* one for each model; owned */
    bool has_f64_difference;          /* some row has f32, and how its result differs is known */
    gf_f64_difference f64_difference; /* of that */
    char command[512]; /* with which to measure on such a device; "": none was given */
} gf_bound_set;

/* Takes over the models and the tables, also on failure. */
gf_status gf_bound_set_create(gf_models *models, gf_tables *tables, const gf_problem *problem,
                              gf_estimate *estimate, const gf_host_time *host, gf_bound_set **set,
                              gf_error *error);
/* Where f64 is slow or missing, adds what the problem takes in f32, if it has that, and how the
 * result differs then, which is computed here and takes up to a second or two. Starts no device.
 * `operations`: those that the problem is expected to take. Only an interruption is a failure. */
gf_status gf_bound_set_add_f32(gf_bound_set *set, const gf_problem *problem, double operations,
                               const gf_context *context, gf_error *error);
/* Accepts NULL. */
void gf_bound_set_destroy(gf_bound_set *set);

/* The verdict and the ratios of bounds against a CPU's time. One that other programs disturbed
 * makes nothing worth it; one that is predicted from such times decides nothing. */
gf_worth gf_worth_of(const gf_bound *bound, const gf_host_time *host, gf_bound_ratio *ratio);
