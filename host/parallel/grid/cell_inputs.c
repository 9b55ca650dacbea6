#include "parallel/grid/cell_inputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "device/host_array.h"
#include "problem/parts/division.h"

/* Bytes of whole rows that are filled at a time where only some of their columns are wanted. */
#define BAND_BYTES ((size_t)4 << 20)

/* ---- Rows --------------------------------------------------------------- */

/* Of a workload that fills whole buffers only. */
static gf_status cut_from_whole(const gf_problem *whole, uint32_t index, uint64_t first,
                                uint64_t rows, char *target, gf_error *error) {
    const gf_buffer_spec *spec = &whole->buffers[index];
    const size_t row_bytes = gf_row_bytes(spec);
    char *all = malloc(spec->bytes);
    if (all == NULL)
        return gf_error_no_memory(error, spec->name, spec->bytes);
    const gf_status status = whole->workload->fill(whole, index, all, error);
    for (uint64_t i = 0; status == GF_OK && i < rows; i++)
        memcpy(target + i * row_bytes, all + (first + i) % spec->rows * row_bytes, row_bytes);
    free(all);
    return status;
}

static gf_status fill_rows(const gf_problem *whole, uint32_t index, uint64_t first, uint64_t rows,
                           char *target, gf_error *error) {
    const gf_buffer_spec *spec = &whole->buffers[index];
    gf_status status = GF_OK;
    if (whole->workload->fill_rows == NULL)
        return cut_from_whole(whole, index, first, rows, target, error);
    for (uint64_t i = 0; status == GF_OK && i < rows;) {
        const uint64_t at = (first + i) % spec->rows;
        const uint64_t piece = rows - i < spec->rows - at ? rows - i : spec->rows - at;
        status = whole->workload->fill_rows(whole, index, (size_t)at, (size_t)piece,
                                            target + i * gf_row_bytes(spec), error);
        i += piece;
    }
    return status;
}

/* ---- Cells --------------------------------------------------------------- */

void gf_pack_cells(gf_rectangle cells, size_t cell_bytes, const void *rows, size_t pitch,
                   void *packed) {
    const size_t bytes = (size_t)cells.columns * cell_bytes;
    const char *from =
        (const char *)rows + cells.first_row * pitch + cells.first_column * cell_bytes;
    for (uint64_t i = 0; i < cells.rows; i++)
        memcpy((char *)packed + i * bytes, from + i * pitch, bytes);
}

/* Columns of a row, which may begin again at its start. */
static void cut_row(const char *row, size_t columns, size_t cell_bytes, gf_rectangle cells,
                    char *target) {
    for (uint64_t i = 0; i < cells.columns;) {
        const uint64_t at = (cells.first_column + i) % columns;
        const uint64_t piece = cells.columns - i < columns - at ? cells.columns - i : columns - at;
        memcpy(target + i * cell_bytes, row + at * cell_bytes, (size_t)piece * cell_bytes);
        i += piece;
    }
}

static gf_status fill_bands(const gf_problem *whole, uint32_t index, gf_rectangle cells,
                            uint64_t band_rows, char *band, char *target, gf_error *error) {
    const gf_buffer_spec *spec = &whole->buffers[index];
    const size_t row_bytes = gf_row_bytes(spec), cell_bytes = row_bytes / spec->cols;
    gf_status status = GF_OK;
    for (uint64_t i = 0; status == GF_OK && i < cells.rows; i += band_rows) {
        const uint64_t rows = cells.rows - i < band_rows ? cells.rows - i : band_rows;
        status = fill_rows(whole, index, cells.first_row + i, rows, band, error);
        for (uint64_t j = 0; status == GF_OK && j < rows; j++)
            cut_row(band + j * row_bytes, spec->cols, cell_bytes, cells,
                    target + (i + j) * cells.columns * cell_bytes);
    }
    return status;
}

static gf_status fill_some_columns(const gf_problem *whole, uint32_t index, gf_rectangle cells,
                                   char *target, gf_error *error) {
    const size_t row_bytes = gf_row_bytes(&whole->buffers[index]);
    uint64_t rows = row_bytes < BAND_BYTES ? BAND_BYTES / row_bytes : 1;
    if (rows > cells.rows || whole->workload->fill_rows == NULL)
        rows = cells.rows;
    size_t bytes = 0;
    char *band = gf_mul_size((size_t)rows, row_bytes, &bytes) ? malloc(bytes) : NULL;
    if (band == NULL)
        return gf_error_no_memory(error, "rows of the first content", bytes);
    const gf_status status = fill_bands(whole, index, cells, rows, band, target, error);
    free(band);
    return status;
}

gf_status gf_fill_cells(const gf_problem *whole, uint32_t index, gf_rectangle cells,
                        const volatile sig_atomic_t *cancel, void **made, gf_error *error) {
    const gf_buffer_spec *spec = &whole->buffers[index];
    const bool all_columns = cells.first_column == 0 && cells.columns == spec->cols;
    size_t bytes = 0;
    if (!gf_mul_size((size_t)cells.rows, (size_t)cells.columns, &bytes) ||
        !gf_mul_size(bytes, gf_row_bytes(spec) / spec->cols, &bytes))
        return gf_error_no_memory(error, spec->name, SIZE_MAX);
    void *target = gf_host_allocate(bytes, cancel);
    if (target == NULL)
        return gf_error_no_memory(error, spec->name, bytes);
    const gf_status status =
        all_columns ? fill_rows(whole, index, cells.first_row, cells.rows, target, error)
                    : fill_some_columns(whole, index, cells, target, error);
    if (status == GF_OK)
        *made = target;
    else
        free(target);
    return status;
}
