/* The tables of numbers of a comparison. Each function fails only without memory. */
#pragma once

#include "measure/comparison.h"
#include "report/table/table.h"

/* The results side by side. */
gf_status gf_write_comparison(const gf_comparison *comparison, const gf_writer *to,
                              gf_error *error);
/* The phases of each result's median round trip. */
gf_status gf_write_ledger(const gf_comparison *comparison, const gf_writer *to, gf_error *error);
/* What each device of a set did in its median round trip; nothing where no set has times. */
gf_status gf_write_shares(const gf_comparison *comparison, const gf_writer *to, gf_error *error);
/* The statistics of every phase of each result. */
/* A row for each result and sensor; nothing where nothing was readable. */
gf_status gf_write_energy(const gf_comparison *comparison, const gf_writer *to, gf_error *error);
gf_status gf_write_phases(const gf_comparison *comparison, const gf_writer *to, gf_error *error);
/* Everything about each result in one flat table. */
gf_status gf_write_csv(const gf_comparison *comparison, const gf_writer *to, gf_error *error);
