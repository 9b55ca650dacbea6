/* Conclusions from a sweep: thresholds, knees, serial shares, and their words. */
#ifndef GF_BREAKEVEN_THRESHOLDS_H
#define GF_BREAKEVEN_THRESHOLDS_H

#include "breakeven/breakeven.h"

/* Finds the thresholds, the knees and, in a sweep of threads, the serial shares, from what is there
 * now. Equal seeds give equal intervals. */
gf_status gf_breakeven_conclude(gf_breakeven *breakeven, uint64_t seed, gf_error *error);

/* "size", "threads": what the sweep's axis shows, with the unit; a size that is no square is told
 * by its width. */
void gf_breakeven_axis(const gf_breakeven *breakeven, char *text, size_t size);

/* A number on the axis, which may lie between two values of the sweep. From 100 on whole numbers
 * are told as such and in full: half a step between transfers is none. */
void gf_breakeven_number_text(const gf_breakeven *breakeven, double number, char *text,
                              size_t size);

/* One line: "measured: 0:0:vector wins against native:scalar from 128 on; they cross at 93 (90 %:
 * 85 to 101)". */
void gf_breakeven_format(const gf_breakeven *breakeven, const gf_breakeven_threshold *threshold,
                         char *text, size_t size);

/* The same of a GF_CROSSOVER_AT in few words, for a plot: "measured: 0:0:vector wins from 128 on;
 * curves cross at 93 (85 to 101)". */
void gf_breakeven_format_short(const gf_breakeven *breakeven,
                               const gf_breakeven_threshold *threshold, char *text, size_t size);

#endif
