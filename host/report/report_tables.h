/* The tables of numbers of a comparison. Each function fails only without memory; write errors stay
 * in the stream's error flag. */
#pragma once

#include "measure/comparison.h"

/* The results side by side. */
gf_status gf_write_comparison(const gf_comparison *comparison, gf_format format, bool colour,
                              FILE *stream, gf_error *error);
/* The phases of each result's median round trip. */
gf_status gf_write_ledger(const gf_comparison *comparison, gf_format format, bool colour,
                          FILE *stream, gf_error *error);
/* The statistics of every phase of each result. */
gf_status gf_write_phases(const gf_comparison *comparison, gf_format format, bool colour,
                          FILE *stream, gf_error *error);
/* Everything about each result in one flat table. */
gf_status gf_write_csv(const gf_comparison *comparison, FILE *stream, gf_error *error);
