/* Bounds along a sweep: from which value on each model is worth it. */
#pragma once

#include <jansson.h>

#include "breakeven/lines.h"
#include "report/table/table.h"

/* In CSV a row for each line, model and value. Nothing where there are no bounds. */
gf_status gf_sweep_bounds_write_csv(const gf_breakeven_lines *lines, const gf_writer *to,
                                    gf_error *error);
/* For people, of one line. Nothing where there are none. */
gf_status gf_sweep_bounds_write(const gf_breakeven *breakeven, const gf_writer *to,
                                gf_error *error);
/* null where there are none. */
json_t *gf_json_sweep_bounds(const gf_breakeven *breakeven, bool *bad);
