#include "parallel/answer/whole_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Bytes of whole rows that come together at a time. */
#define BAND_BYTES ((size_t)4 << 20)

/* One row of the grid on its way to the collector. */
typedef struct crossing {
    const gf_rank_part *part;
    gf_own_rows own;
    uint32_t first_rank, collector;
    uint64_t rows, columns; /* of this row of the grid; of the whole */
    uint64_t band_rows;
    char *band, *piece; /* of the collector: whole rows, and a rank's piece of them; owned */
} crossing;

static bool is_collector(const crossing *c) {
    return c->part->ranks.rank == c->collector;
}

static gf_part columns_of(const crossing *c, uint32_t i) {
    const gf_rectangle cells = gf_rank_rectangle(c->part, c->first_rank + i);
    return (gf_part){cells.first_column, cells.columns};
}

/* The rows of a band that this rank has itself. */
static const char *own_rows(const crossing *c, uint64_t first) {
    return (const char *)c->own.cells +
           (size_t)(first * c->part->columns.count) * c->own.cell_bytes;
}

static void place(const crossing *c, gf_part columns, const char *piece, uint64_t rows) {
    const size_t bytes = (size_t)columns.count * c->own.cell_bytes;
    for (uint64_t i = 0; i < rows; i++)
        memcpy(c->band + (i * c->columns + columns.first) * c->own.cell_bytes, piece + i * bytes,
               bytes);
}

static gf_status collect(const crossing *c, uint64_t first, uint64_t rows, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < c->part->grid.across; i++) {
        const gf_part columns = columns_of(c, i);
        const size_t bytes = (size_t)(rows * columns.count) * c->own.cell_bytes;
        if (c->first_rank + i == c->collector) {
            place(c, columns, own_rows(c, first), rows);
            continue;
        }
        status = gf_ranks_receive_all(&c->part->ranks, c->first_rank + i, c->piece, bytes, error);
        if (status == GF_OK)
            place(c, columns, c->piece, rows);
    }
    return status;
}

static gf_status send(const crossing *c, uint64_t first, uint64_t rows, gf_error *error) {
    const size_t bytes = (size_t)(rows * c->part->columns.count) * c->own.cell_bytes;
    return gf_ranks_send_all(&c->part->ranks, c->collector, own_rows(c, first), bytes, error);
}

static gf_status cross(const crossing *c, gf_rows_sink sink, void *context, gf_error *failure,
                       gf_error *error) {
    gf_status status = GF_OK;
    for (uint64_t first = 0; status == GF_OK && first < c->rows; first += c->band_rows) {
        const uint64_t rows = c->rows - first < c->band_rows ? c->rows - first : c->band_rows;
        status = is_collector(c) ? collect(c, first, rows, error) : send(c, first, rows, error);
        if (status == GF_OK && is_collector(c) && failure->status == GF_OK)
            (void)sink(context, c->band, rows, failure);
    }
    return status;
}

static gf_status make_bands(crossing *c, gf_error *error) {
    const size_t bytes = (size_t)(c->band_rows * c->columns) * c->own.cell_bytes;
    if (!is_collector(c))
        return GF_OK;
    c->band = malloc(bytes);
    c->piece = malloc(bytes);
    return c->band != NULL && c->piece != NULL ? GF_OK
                                               : gf_error_no_memory(error, "whole rows", bytes);
}

gf_status gf_whole_rows(const gf_rank_part *part, uint32_t grid_row, uint32_t collector,
                        gf_own_rows own, gf_rows_sink sink, void *context, gf_error *failure,
                        gf_error *error) {
    const uint32_t first_rank = grid_row * part->grid.across;
    const gf_rectangle last = gf_rank_rectangle(part, first_rank + part->grid.across - 1);
    crossing c = {.part = part,
                  .own = own,
                  .first_rank = first_rank,
                  .collector = collector,
                  .rows = last.rows,
                  .columns = last.first_column + last.columns};
    const size_t row_bytes = (size_t)c.columns * own.cell_bytes;
    c.band_rows = row_bytes < BAND_BYTES ? BAND_BYTES / row_bytes : 1;
    c.band_rows = c.band_rows < c.rows ? c.band_rows : c.rows;
    gf_status status = make_bands(&c, error);
    if (status == GF_OK)
        status = cross(&c, sink, context, failure, error);
    free(c.band);
    free(c.piece);
    return status;
}
