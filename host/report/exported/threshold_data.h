/* Thresholds for a user's own program: what a sweep found, gathered for the files that say it. */
#pragma once

#include "breakeven/lines.h"
#include "breakeven/placement.h"

typedef struct gf_threshold_export {
    const gf_breakeven_lines *lines;
    const char *name;         /* of the files and of the functions: a name of C */
    gf_placement *placements; /* one for each line; owned */
    char upper[64];           /* the name in capitals */
    char date[32];            /* "2026-05-21T12:00:00Z" */
    double from, to;          /* the range that was compared in every line */
    bool uncertain;           /* one of the placements is */
} gf_threshold_export;

/* The whole sweep's own parameter. */
static inline const gf_sweep *gf_export_sweep(const gf_threshold_export *made) {
    return &made->lines->line[0]->sweep;
}
/* The placement whose costs are told: that of the last line. */
static inline const gf_placement *gf_export_last(const gf_threshold_export *made) {
    return &made->placements[made->lines->count - 1];
}
/* The line has one crossing, by which others can be interpolated. */
static inline bool gf_export_crosses_once(const gf_placement *placement) {
    return placement->crossing_count == 1;
}

/* Finds the placement of each line. `made` must be cleared, also after a failure. */
gf_status gf_threshold_gather(const gf_breakeven_lines *lines, const char *name, uint64_t seed,
                              gf_threshold_export *made, gf_error *error);
void gf_threshold_clear(gf_threshold_export *made);
