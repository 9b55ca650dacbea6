/* The tables of numbers: the comparison, the ledger, every phase, and everything about each result
 * in one flat table as CSV. */
#ifndef GF_REPORT_TABLES_H
#define GF_REPORT_TABLES_H

#include "report/report.h"

/* True when the result was compared with the reference, whatever came out. */
bool gf_was_verified(const gf_result *result);

/* The tables of numbers (report_tables.c). Errors stay in the stream's error flag. */
void gf_write_comparison(const gf_comparison *comparison, gf_format format, bool colour,
                         FILE *stream);
void gf_write_ledger(const gf_comparison *comparison, gf_format format, bool colour, FILE *stream);
void gf_write_phases(const gf_comparison *comparison, gf_format format, bool colour, FILE *stream);
void gf_write_csv(const gf_comparison *comparison, FILE *stream);

#endif
