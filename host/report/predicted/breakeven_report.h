/* Parts of the report on a sweep that are repeated for each line of two sweeps. gpufare.h has the
 * report itself. */
#pragma once

#include "breakeven/lines.h"
#include "report/table/table.h"

/* "julia along n in f32, strict math: ..."; `along`: NULL, or the name of a second parameter. */
void gf_breakeven_write_heading(const gf_breakeven *breakeven, const char *along,
                                const gf_writer *to);
/* "name: device (kind)" of each device, and a blank line. */
void gf_breakeven_write_devices(const gf_breakeven *breakeven, const gf_writer *to);
/* In text: rows of each value, one for each device, and a blank line. */
gf_status gf_breakeven_write_rows(const gf_breakeven *breakeven, const gf_writer *to,
                                  gf_error *error);
/* A row for each line, device and value. */
gf_status gf_breakeven_write_csv(const gf_breakeven_lines *lines, const gf_writer *to,
                                 gf_error *error);
/* Of one line in Markdown: a table for each device, and the thresholds. */
gf_status gf_breakeven_write_line(const gf_breakeven *breakeven, const gf_writer *to,
                                  gf_error *error);
/* "- " where the writer makes lists. */
const char *gf_breakeven_mark(const gf_writer *to);
