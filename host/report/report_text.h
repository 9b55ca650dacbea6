/* Words and numbers that several reports share. */
#pragma once

#include "measure/comparison.h"
#include "report/table.h"

/* "julia: size 1000x1000, max-iter 300" */
void gf_write_heading(const gf_problem *problem, const gf_writer *to);

/* One line of the notes. `text` is a format of printf. */
void gf_write_note(const gf_writer *to, const char *label, const char *text, ...) GF_PRINTF(3, 4);

/* "Verdict: ...", the label in bold where the writer allows it. */
void gf_write_conclusion(const char *label, const char *text, const gf_writer *to);

/* "Cut short: interrupted after 1 of 3 devices", if the work was. */
void gf_write_cut_short(const gf_writer *to);

/* "f64, strict math", "integer arithmetic" */
void gf_arithmetic_format(const gf_problem *problem, char *text, size_t size);

/* Whether the result was compared with the reference; it may have failed that. */
bool gf_was_verified(const gf_result *result);

/* "serial" or "pipelined": the schedule whose round trips count. NULL without times; `result` may
 * be NULL. */
const char *gf_best_schedule_name(const gf_result *result);
