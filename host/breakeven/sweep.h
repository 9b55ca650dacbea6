/* A sweep: one number of a problem, or the threads of the native path, from a small to a large
 * value. */
#ifndef GF_SWEEP_H
#define GF_SWEEP_H

#include "problem/workload.h"

#define GF_SWEEP_MAX 64 /* values; more make no curve clearer, and each is measured */

typedef struct gf_sweep_value {
    double number; /* of a size: its width */
    char text[48]; /* as gf_params_set takes it: "512x512" */
} gf_sweep_value;

typedef struct gf_sweep {
    const gf_param *param; /* what varies: a row of the workload's table, or that of the threads */
    bool threads;          /* the latter: `param` belongs to no workload */
    bool square;           /* a size: all are N x N */
    size_t count;          /* at least 2 */
    gf_sweep_value values[GF_SWEEP_MAX]; /* growing; all above 0 */
} gf_sweep;

/* Parses "NAME=LO:HI", "NAME=LO:HI:xF" (each value F times the one before; F is 2 without it) or
 * "NAME=LO:HI:+D". HI is the last value also when the steps don't meet it. NAME is a size, a whole
 * number or a real of the workload's table, or "threads"; an end of a size is N for N x N, or WxH,
 * both of one shape. GF_USAGE with the limit when it can't be. */
gf_status gf_sweep_parse(const gf_workload *workload, const char *text, gf_sweep *sweep,
                         gf_error *error);

/* GF_USAGE when the parameter that varies was set, too. */
gf_status gf_sweep_check_free(const gf_sweep *sweep, const gf_params *params, gf_error *error);

/* Where another parameter bounds the one that varies (gf_param.limited_by) and is still the
 * default, raises it to the sweep's end, so that every value solves the same problem; `note` says
 * so, or is "". GF_USAGE when it was set, and is below the end. */
gf_status gf_sweep_make_room(const gf_sweep *sweep, gf_params *params, char *note, size_t size,
                             gf_error *error);

/* A copy of `values` with the index-th value of the sweep. Threads leave the copy as it is. */
gf_status gf_sweep_values(const gf_sweep *sweep, size_t index, const gf_params *params,
                          gf_params **copy, gf_error *error);

#endif
