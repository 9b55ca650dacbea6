/* Words and numbers that several reports share. Write errors stay in the stream's error flag. */
#pragma once

#include "measure/comparison.h"

/* "julia: size 1000x1000, max-iter 300" */
void gf_write_heading(const gf_problem *problem, gf_format format, FILE *stream);

/* One line of the notes. `text` is a format of printf. */
void gf_write_note(gf_format format, FILE *stream, const char *label, const char *text, ...)
    GF_PRINTF(4, 5);

/* "Verdict: ...", the label in bold where the format and `colour` allow it. */
void gf_write_conclusion(const char *label, const char *text, gf_format format, bool colour,
                         FILE *stream);

/* "f64, strict math", "integer arithmetic" */
void gf_arithmetic_format(const gf_problem *problem, char *text, size_t size);

/* Whether the result was compared with the reference; it may have failed that. */
bool gf_was_verified(const gf_result *result);
