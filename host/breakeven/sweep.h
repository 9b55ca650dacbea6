/* A sweep: one number of a problem, or the threads of the native path, at several values. */
#pragma once

#include "problem/workload.h"

#define GF_SWEEP_MAX 64 /* values; more would not make a curve clearer, and each is measured */

typedef struct gf_sweep_value {
    double number;  /* of a size: its width. Beyond 2^53 the nearest double */
    uint64_t whole; /* of a whole number: exactly it; else 0 */
    char text[48];  /* as gf_params_set takes it: "512x512" */
} gf_sweep_value;

typedef struct gf_sweep {
    const gf_param *param; /* what varies: a row of the workload's table, or one for the threads */
    bool threads;          /* it is the threads */
    bool ranks;            /* it is the ranks of a job */
    bool square;           /* a size, N x N at every value */
    size_t count;          /* at least 2 */
    gf_sweep_value values[GF_SWEEP_MAX]; /* ascending; all above 0 */
} gf_sweep;

/* Parses the text of a sweep (gpufare.h, gf_breakeven_create). GF_USAGE with the limit when it is
 * not acceptable. */
gf_status gf_sweep_parse(const gf_workload *workload, const char *text, gf_sweep *sweep,
                         gf_error *error);

/* GF_USAGE when `params` sets the parameter that varies. */
gf_status gf_sweep_check_free(const gf_sweep *sweep, const gf_params *params, gf_error *error);

/* If another parameter limits the one that varies (gf_param.limited_by) and has its default, raises
 * it to the sweep's end, so that every value solves the same problem; `note` says so, or is "".
 * GF_USAGE when it was set to less than the end. */
gf_status gf_sweep_make_room(const gf_sweep *sweep, gf_params *params, char *note, size_t size,
                             gf_error *error);

/* A copy of `params` with the index-th value of the sweep; unchanged if threads vary. */
gf_status gf_sweep_params(const gf_sweep *sweep, size_t index, const gf_params *params,
                          gf_params **copy, gf_error *error);
