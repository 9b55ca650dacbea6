/* Bounds of a problem on several models, compared with the CPU. */
#pragma once

#include "bound/host_time.h"
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
    uint64_t calls[2];       /* until the build is paid, at best and at worst; 0: never */
    bool has_f32;            /* `f32` is set: f64 is so slow there that f32 may be the answer */
    gf_bounds f32;           /* total of the same problem in f32 */
} gf_bound_row;

typedef struct gf_bound_set {
    gf_models *models; /* owned */
    gf_tables *tables; /* owned */
    gf_host_time host;
    gf_bound_row *rows; /* one for each model; owned */
    char command[512];  /* with which to measure on such a device; "": none was given */
} gf_bound_set;

/* Takes over the models and the tables, also on failure. */
gf_status gf_bound_set_create(gf_models *models, gf_tables *tables, const gf_problem *problem,
                              gf_estimate *estimate, const gf_host_time *host, gf_bound_set **set,
                              gf_error *error);
/* Adds what the problem takes in f32, where f64 is slow or missing and f32 possible. Samples that
 * problem, too. */
void gf_bound_set_add_f32(gf_bound_set *set, const gf_problem *problem);
/* Accepts NULL. */
void gf_bound_set_destroy(gf_bound_set *set);

/* The verdict and the ratios of bounds against a CPU's time. One that other programs disturbed
 * makes nothing worth it. */
gf_worth gf_worth_of(const gf_bound *bound, const gf_host_time *host, gf_bound_ratio *ratio);
