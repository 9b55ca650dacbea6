/* A sweep as JSON, schema gpufare.breakeven/1, and one along another one, schema
 * gpufare.breakeven-lines/1. Keys are only ever added. `bad`: see base/json.h. */
#pragma once

#include <jansson.h>

#include "breakeven/lines.h"
#include "report/table/table.h"

gf_status gf_breakeven_report_json(const gf_breakeven *breakeven, const gf_writer *to,
                                   gf_error *error);
gf_status gf_breakeven_lines_report_json(const gf_breakeven_lines *lines, const gf_writer *to,
                                         gf_error *error);

/* The parameter and its values; `footprints` of these, or NULL. */
json_t *gf_json_sweep(const gf_sweep *sweep, const uint64_t *footprints, bool *bad);
/* A place on the axis: NAN, which JSON writes as null, outside of the sweep. 0 is before its start,
 * INFINITY beyond its end. */
double gf_json_place(double number);
