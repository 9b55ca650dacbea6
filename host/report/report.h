/* The parts of a report; report.c puts them together, report_json.c writes the whole as JSON. */
#ifndef GF_REPORT_H
#define GF_REPORT_H

#include "device/session.h"
#include "measure/comparison.h"

const char *gf_outcome_name(gf_outcome outcome); /* "ok", "unsupported", "failed", "mismatch" */

/* "cold", "warm"; NULL when it is not known. */
const char *gf_build_state_name(gf_build_state state);

/* True when the result was compared with the reference, whatever came out. */
bool gf_was_verified(const gf_result *result);

/* "julia: size 1000x1000, max-iter 300" */
void gf_write_heading(const gf_problem *problem, gf_format format, FILE *stream);
/* One line of the notes. */
void gf_write_note(gf_format format, const char *label, const char *text, FILE *stream);

/* The tables of numbers (report_tables.c). Errors stay in the stream's error flag. */
void gf_write_comparison(const gf_comparison *comparison, gf_format format, bool colour,
                         FILE *stream);
void gf_write_ledger(const gf_comparison *comparison, gf_format format, bool colour, FILE *stream);
void gf_write_phases(const gf_comparison *comparison, gf_format format, bool colour, FILE *stream);
void gf_write_csv(const gf_comparison *comparison, FILE *stream);

/* One line that says how results were proved. */
void gf_verification_format(const gf_comparison *comparison, char *text, size_t room);

gf_status gf_comparison_report_json(const gf_comparison *comparison, const char *schema,
                                    FILE *stream, gf_error *error);
gf_status gf_session_report_json(const gf_session *session, FILE *stream, gf_error *error);

/* GF_FAILED and a message when the stream has its error flag set. */
gf_status gf_check_stream(FILE *stream, gf_error *error);

#endif
