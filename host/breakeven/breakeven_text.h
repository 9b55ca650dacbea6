/* Texts about a sweep and its conclusions. */
#pragma once

#include "breakeven/breakeven.h"

/* The axis with its unit: "size N x N", "count [elements]"; of other sizes "width of size". */
void gf_breakeven_format_axis(const gf_breakeven *breakeven, char *buffer, size_t size);

/* A number on the axis, between values of the sweep or at one. Whole numbers from 100 on have all
 * their digits and no decimals. */
void gf_breakeven_format_number(const gf_breakeven *breakeven, double number, char *text,
                                size_t size);

#define GF_ANSWER_SIZE 1024

/* The answer in one line: "0:0:vector wins from size 128x128 on", by measurements if there are any;
 * "may win" where the threshold's interval reaches beyond the last value. */
void gf_breakeven_answer(const gf_breakeven *breakeven, char *buffer, size_t size);

/* What the answer is of: "Measured at 5 values of size, 64x64 to 1024x1024, on 3 devices." */
void gf_breakeven_rests_on(const gf_breakeven *breakeven, char *buffer, size_t size);
/* Whether the answer names a winner, and nothing casts doubt on it. */
bool gf_breakeven_is_sure(const gf_breakeven *breakeven);
/* Whether the answer is by measurements or by predictions; GF_BASES: by neither. */
gf_basis gf_breakeven_answer_basis(const gf_breakeven *breakeven);

/* "measured: 0:0:vector wins against native:scalar from 128 on; the curves cross at about 93 (90 %:
 * 85 to 101)" */
void gf_breakeven_format(const gf_breakeven *breakeven, const gf_breakeven_threshold *threshold,
                         char *buffer, size_t size);

/* Of a threshold against all others, after how many calls its device is ahead, with build and
 * buffers counted: "measured: 0:0:vector is ahead after 12 calls at size 128x128, after 1 at
 * 8192x8192; its build (142 ms) and buffers are counted". Else "", also where it is never ahead,
 * and where that goes without saying: it has nothing to build, and is ahead from the first call on.
 */
void gf_breakeven_format_calls(const gf_breakeven *breakeven,
                               const gf_breakeven_threshold *threshold, char *buffer, size_t size);

/* A GF_CROSSOVER_AT for a plot: "measured: 0:0:vector wins from 128 on; curves cross at 93 (85 to
 * 101)" */
void gf_breakeven_format_short(const gf_breakeven *breakeven,
                               const gf_breakeven_threshold *threshold, char *buffer, size_t size);

#define GF_REMARK_SIZE 4096 /* all values of a sweep, and a sentence */

/* The index-th remark: a note, or what limits the conclusions; "" if it does not apply. false:
 * there are no more. */
bool gf_breakeven_remark(const gf_breakeven *breakeven, size_t index, char *buffer, size_t size);
