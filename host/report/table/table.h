/* Tables written as text, Markdown, CSV or HTML. */
#pragma once

#include "report/table/cells.h"

/* Writes the table and frees its cells in any case. Columns whose cells are all empty are left out,
 * except in CSV. Where the writer's lines have a width, columns that do not fit follow below,
 * beside the key columns again. A writer that explains adds what each column means, except in CSV.
 * GF_FORMAT_JSON is not for tables. GF_FAILED, and nothing is written, without memory, when the
 * cells do not fit the columns, or when a column has no meaning. */
gf_status gf_table_write(gf_table *table, const gf_writer *to, gf_error *error);
/* The same, and except in CSV a blank line. */
gf_status gf_table_write_apart(gf_table *table, const gf_writer *to, gf_error *error);

/* What the columns of a text mean that is written in another way than as a table. Nothing unless
 * the writer explains. */
void gf_columns_explain(const gf_column *columns, size_t count, const gf_writer *to);
