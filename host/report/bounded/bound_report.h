/* Bounds from data sheets for people: a table of their own, and a verdict for each model. */
#pragma once

#include "bound/bound_set.h"
#include "report/table/table.h"

gf_status gf_bounds_write(const gf_bound_set *set, const gf_writer *to, gf_error *error);
/* The table alone, as CSV has it. */
gf_status gf_bounds_write_table(const gf_bound_set *set, const gf_writer *to, gf_error *error);
