/* Bounds at every value of a sweep, on models from data sheets, and from which value on each model
 * is worth it. breakeven_bounds.c makes them. */
#pragma once

#include "bound/bound_set.h"
#include "breakeven/sweep.h"
#include "stats/crossover.h"

/* One model at one value. */
typedef struct gf_bound_cell {
    gf_bound bound;
    gf_worth worth;
    gf_bound_ratio ratio;
} gf_bound_cell;

typedef struct gf_bound_line {
    const gf_model *model;
    gf_bound_cell cells[GF_SWEEP_MAX];
    /* The first value from which on it is worth it up to the last, at its best and at its worst;
     * the number of values: never. */
    size_t from_best, from_worst;
} gf_bound_line;

typedef struct gf_breakeven_bounds {
    gf_models *models;                /* owned */
    gf_tables *tables;                /* owned */
    gf_bound_line *lines;             /* one for each model; owned */
    gf_host_time hosts[GF_SWEEP_MAX]; /* at each value */
    char command[512]; /* with which to measure the sweep on such a device; "": none */
} gf_breakeven_bounds;

/* Accepts NULL. */
void gf_breakeven_bounds_destroy(gf_breakeven_bounds *bounds);

/* Where the verdict of a model is open: "open from 64x64 to 512x512"; "" where it nowhere is. */
void gf_bound_line_format_open(const gf_sweep *sweep, const gf_bound_line *line, char *text,
                               size_t size);

/* "everywhere", "from 512x512", "nowhere" */
void gf_bound_line_format(const gf_sweep *sweep, size_t from, char *text, size_t size);
