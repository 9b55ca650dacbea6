#include "parallel/bands/band_table.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/error.h"

/* ---- Messages --------------------------------------------------------------- */

static gf_status add_row(gf_band_table *table, gf_band band, uint32_t rank, gf_error *error) {
    const gf_status status = gf_array_grow(&table->rows, table->count, sizeof *table->rows, error);
    if (status == GF_OK)
        table->rows[table->count++] = (gf_band_row){band, rank};
    return status;
}

static gf_status add_own(const gf_rank_bands *bands, gf_band_table *table, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < bands->count; i++)
        status = add_row(table, bands->bands[i], 0, error);
    return status;
}

static gf_status take_rows(const gf_rank_bands *bands, uint32_t from, uint64_t count,
                           gf_band_table *table, gf_error *error) {
    size_t bytes = 0;
    gf_band *its = gf_mul_size((size_t)count, sizeof *its, &bytes) ? malloc(bytes) : NULL;
    if (its == NULL && count > 0)
        return gf_error_no_memory(error, "bands", bytes);
    gf_status status = gf_ranks_receive_all(&bands->ranks, from, its, bytes, error);
    for (uint64_t i = 0; status == GF_OK && i < count; i++)
        status = add_row(table, its[i], from, error);
    free(its);
    return status;
}

static gf_status exchange(const gf_rank_bands *bands, uint64_t *counts, gf_band_table *table,
                          gf_error *error) {
    const uint64_t mine = bands->count;
    gf_status status = gf_ranks_gather(&bands->ranks, &mine, sizeof mine, counts, error);
    if (status == GF_OK && bands->ranks.rank != 0)
        return gf_ranks_send_all(&bands->ranks, 0, bands->bands,
                                 bands->count * sizeof *bands->bands, error);
    if (status == GF_OK)
        status = add_own(bands, table, error);
    for (uint32_t i = 1; status == GF_OK && i < bands->ranks.size; i++)
        status = take_rows(bands, i, counts[i], table, error);
    return status;
}

/* ---- The table ---------------------------------------------------------------- */

static int by_units(const void *a, const void *b) {
    const gf_band_row *left = a, *right = b;
    return (left->band.units.first > right->band.units.first) -
           (left->band.units.first < right->band.units.first);
}

static gf_status check(const gf_rank_bands *bands, const gf_band_table *table, gf_error *error) {
    uint64_t next = 0;
    bool whole = true;
    for (size_t i = 0; i < table->count; i++) {
        whole = whole && table->rows[i].band.units.first == next;
        next += table->rows[i].band.units.count;
    }
    whole = whole && (bands->left_out.count == 0 || bands->left_out.first == next) &&
            next + bands->left_out.count == bands->division.units;
    return whole ? GF_OK
                 : gf_error_set(error, GF_FAILED,
                                "the bands of all ranks are not each unit once; this is an error "
                                "of gpufare");
}

gf_status gf_band_table_gather(const gf_rank_bands *bands, gf_band_table *table, gf_error *error) {
    uint64_t *counts = calloc(bands->ranks.size, sizeof *counts);
    *table = (gf_band_table){.count = 0};
    if (counts == NULL)
        return gf_error_no_memory(error, "bands", bands->ranks.size * sizeof *counts);
    gf_status status = exchange(bands, counts, table, error);
    free(counts);
    if (status == GF_OK && bands->ranks.rank == 0) {
        if (table->count > 0)
            qsort(table->rows, table->count, sizeof *table->rows, by_units);
        status = check(bands, table, error);
    }
    if (status != GF_OK)
        gf_band_table_clear(table);
    return status;
}

void gf_band_table_clear(gf_band_table *table) {
    free(table->rows);
    *table = (gf_band_table){.count = 0};
}
