/* A table, and the stacked bars of its numbers, on a page. */
#pragma once

#include "report/table/cells.h"

/* In a section of its own if it has a title. Rows that the page has no room for are left out, and a
 * line says how many. `to`: of a page. */
void gf_table_write_html(const gf_table *table, const gf_writer *to);
