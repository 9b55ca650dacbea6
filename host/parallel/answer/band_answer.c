#include "parallel/answer/band_answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "problem/problem.h"

/* Rows up to so many bytes come to rank 0 as they are, as their checksums would otherwise. */
#define SHORT_ROW 64

static const gf_buffer_spec *result_of(const gf_rank_bands *bands) {
    return &bands->whole->buffers[bands->whole->result];
}

static gf_status allocate(uint64_t units, size_t unit_bytes, char **made, gf_error *error) {
    size_t bytes = 0;
    *made = gf_mul_size((size_t)units, unit_bytes, &bytes) ? malloc(bytes > 0 ? bytes : 1) : NULL;
    return *made != NULL ? GF_OK
                         : gf_error_no_memory(error, "what ranks have of the result", bytes);
}

/* ---- What each rank has --------------------------------------------------------- */

/* Something of each of the rank's units, or of each of its bands, one behind the other. */
typedef struct collection {
    size_t item_bytes;
    bool of_bands; /* one of each band, not of each unit */
    void (*put)(const gf_rank_bands *bands, uint32_t band, char *target);
} collection;

static uint64_t items_of(const collection *what, gf_part units) {
    return what->of_bands ? 1 : units.count;
}

static void put_rows(const gf_rank_bands *bands, uint32_t band, char *target) {
    memcpy(target, gf_band_result(bands, band),
           (size_t)bands->bands[band].units.count * gf_row_bytes(result_of(bands)));
}

static void put_whole(const gf_rank_bands *bands, uint32_t band, char *target) {
    memcpy(target, gf_band_result(bands, band), result_of(bands)->bytes);
}

/* The checksum of each row by itself. */
static void put_sums(const gf_rank_bands *bands, uint32_t band, char *target) {
    const gf_part units = bands->bands[band].units;
    gf_problem row;
    for (uint64_t i = 0; i < units.count; i++) {
        (void)gf_problem_of_part(bands->whole, (gf_part){units.first + i, 1}, &row);
        const double sum = bands->whole->workload->checksum(
            &row, gf_band_result(bands, band) + (size_t)i * gf_row_bytes(result_of(bands)));
        memcpy(target + i * sizeof sum, &sum, sizeof sum);
    }
}

static gf_status collect(const gf_rank_bands *bands, const collection *what, char **mine,
                         uint64_t *items, gf_error *error) {
    *items = 0;
    for (uint32_t i = 0; i < bands->count; i++)
        *items += items_of(what, bands->bands[i].units);
    const gf_status status = allocate(*items, what->item_bytes, mine, error);
    char *target = *mine;
    for (uint32_t i = 0; status == GF_OK && i < bands->count; i++) {
        what->put(bands, i, target);
        target += items_of(what, bands->bands[i].units) * what->item_bytes;
    }
    return status;
}

/* ---- All of it on rank 0 ---------------------------------------------------------- */

static gf_status place(const gf_rank_bands *bands, const gf_band_table *table,
                       const collection *what, const char *mine, char *all, gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < table->count; i++) {
        const size_t bytes = (size_t)items_of(what, table->rows[i].band.units) * what->item_bytes;
        if (table->rows[i].rank == 0) {
            memcpy(all, mine, bytes);
            mine += bytes;
        } else {
            status = gf_ranks_receive_all(&bands->ranks, table->rows[i].rank, all, bytes, error);
        }
        all += bytes;
    }
    return status;
}

/* Others send band after band, as they are taken. */
static gf_status send(const gf_rank_bands *bands, const collection *what, const char *mine,
                      gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < bands->count; i++) {
        const size_t bytes = (size_t)items_of(what, bands->bands[i].units) * what->item_bytes;
        status = gf_ranks_send_all(&bands->ranks, 0, mine, bytes, error);
        mine += bytes;
    }
    return status;
}

/* *all: on rank 0 those of all ranks, in the order of the units; NULL elsewhere. The caller frees
 * it. */
static gf_status gather(const gf_rank_bands *bands, const gf_band_table *table,
                        const collection *what, char **all, gf_error *error) {
    const bool first = bands->ranks.rank == 0;
    char *mine = NULL;
    uint64_t items = 0;
    *all = NULL;
    gf_status status = collect(bands, what, &mine, &items, error);
    if (status == GF_OK && first)
        status = allocate(what->of_bands ? table->count : bands->division.units, what->item_bytes,
                          all, error);
    if (status == GF_OK)
        status =
            first ? place(bands, table, what, mine, *all, error) : send(bands, what, mine, error);
    free(mine);
    return status;
}

/* ---- Answers ------------------------------------------------------------------------ */

static void describe(const gf_problem *whole, const void *all, gf_parallel_result *result) {
    result->checksum = whole->workload->checksum(whole, all);
    if (whole->workload->describe != NULL)
        whole->workload->describe(whole, all, result->answer, sizeof result->answer);
}

/* Adds the rows' sums in the order of the rows, as a checksum of the whole does. */
static void add_sums(const char *all, uint64_t units, gf_parallel_result *result) {
    for (uint64_t i = 0; i < units; i++) {
        double sum = 0;
        memcpy(&sum, all + i * sizeof sum, sizeof sum);
        result->checksum += sum;
    }
}

static gf_status join(gf_rank_bands *bands, const gf_band_table *table, const char *all,
                      gf_error *error) {
    const gf_problem *whole = bands->whole;
    const size_t bytes = result_of(bands)->bytes;
    if (bands->joined == NULL)
        bands->joined = malloc(bytes);
    if (bands->joined == NULL)
        return gf_error_no_memory(error, result_of(bands)->name, bytes);
    memcpy(bands->joined, bands->held[GF_HELD_OWN].inputs[whole->result], bytes);
    for (size_t i = 0; i < table->count; i++) {
        const gf_band *band = &table->rows[i].band;
        (void)whole->workload->join(whole, band->units, band->skipped != 0 ? NULL : all + i * bytes,
                                    bands->joined);
    }
    if (bands->left_out.count > 0)
        (void)whole->workload->join(whole, bands->left_out, NULL, bands->joined);
    return GF_OK;
}

static gf_status find_answer(gf_rank_bands *bands, const gf_band_table *table,
                             gf_parallel_result *result, gf_error *error) {
    const bool rows = gf_rank_bands_are_rows(bands), first = bands->ranks.rank == 0;
    const size_t row_bytes = gf_row_bytes(result_of(bands));
    const collection what = !rows ? (collection){result_of(bands)->bytes, true, put_whole}
                            : row_bytes <= SHORT_ROW
                                ? (collection){row_bytes, false, put_rows}
                                : (collection){sizeof(double), false, put_sums};
    char *all = NULL;
    gf_status status = gather(bands, table, &what, &all, error);
    if (status == GF_OK && first && !rows)
        status = join(bands, table, all, error);
    if (status == GF_OK && first && rows && row_bytes > SHORT_ROW)
        add_sums(all, bands->division.units, result);
    else if (status == GF_OK && first)
        describe(bands->whole, rows ? all : bands->joined, result);
    free(all);
    return status;
}

static double own_work(const gf_rank_bands *bands) {
    double work = 0;
    gf_problem problem;
    for (uint32_t i = 0; i < bands->count; i++) {
        gf_band_problem(bands, i, &problem);
        work += bands->whole->workload->work(&problem, gf_band_result(bands, i));
    }
    return work;
}

/* The work of bands adds up, unless they are joined in another way. */
static gf_status add_work(const gf_rank_bands *bands, gf_parallel_result *result, gf_error *error) {
    const gf_problem *whole = bands->whole;
    const bool first = bands->ranks.rank == 0;
    result->work = whole->cost.work;
    if (whole->workload->work == NULL)
        return GF_OK;
    if (!gf_rank_bands_are_rows(bands)) {
        result->work = first ? whole->workload->work(whole, bands->joined) : 0;
        return GF_OK;
    }
    const double mine = own_work(bands);
    double *all = calloc(bands->ranks.size, sizeof *all);
    if (all == NULL)
        return gf_error_no_memory(error, "the work", bands->ranks.size * sizeof *all);
    const gf_status status = gf_ranks_gather(&bands->ranks, &mine, sizeof mine, all, error);
    result->work = 0;
    for (uint32_t i = 0; status == GF_OK && i < bands->ranks.size; i++)
        result->work += all[i];
    free(all);
    return status;
}

gf_status gf_band_answer(gf_parallel *parallel, gf_parallel_result *result, gf_error *error) {
    gf_rank_bands *bands = &parallel->bands;
    gf_band_table_clear(&parallel->band_table);
    gf_status status = gf_band_table_gather(bands, &parallel->band_table, error);
    if (status == GF_OK)
        status = find_answer(bands, &parallel->band_table, result, error);
    return status == GF_OK ? add_work(bands, result, error) : status;
}
