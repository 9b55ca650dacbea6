/* The parts of a report; report.c puts them together, report_json.c writes the whole as JSON. */
#ifndef GF_REPORT_H
#define GF_REPORT_H

#include "measure/comparison.h"

/* "julia: size 1000x1000, max-iter 300" */
void gf_write_heading(const gf_problem *problem, gf_format format, FILE *stream);
/* One line of the notes. */
void gf_write_note(gf_format format, const char *label, const char *text, FILE *stream);

/* One line that says how results were proved. */
void gf_verification_format(const gf_comparison *comparison, char *text, size_t room);

#endif
