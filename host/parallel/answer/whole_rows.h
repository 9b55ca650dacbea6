/* Whole rows of what ranks have pieces of, where the ranks of a row of the grid share its columns:
 * one rank gets them, some at a time. */
#pragma once

#include "parallel/part/rank_part.h"

/* Takes some whole rows, one behind the other. */
typedef gf_status (*gf_rows_sink)(void *context, const void *rows, uint64_t count, gf_error *error);

/* What each rank has: its own cells, `cell_bytes` each, one behind the other. */
typedef struct gf_own_rows {
    const void *cells;
    size_t cell_bytes;
} gf_own_rows;

/* The rank `collector` calls it for a row of the grid, and all ranks of that row do, with the same
 * size of a cell: the collector's sink gets that row's cells in their order. Only the collector's
 * sink is used; it may be a rank of another row. Rows of one rank alone come from there as they
 * are. After a failure of the sink all that is on its way is taken nevertheless, and dropped;
 * *failure has it. */
gf_status gf_whole_rows(const gf_rank_part *part, uint32_t grid_row, uint32_t collector,
                        gf_own_rows own, gf_rows_sink sink, void *context, gf_error *failure,
                        gf_error *error);
