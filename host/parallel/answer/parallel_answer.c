#include "parallel/answer/parallel_answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "parallel/answer/band_answer.h"
#include "parallel/answer/whole_rows.h"

/* Rows up to so many bytes come to rank 0 as they are, as their checksums would otherwise. */
#define SHORT_ROW 64

/* ---- Rows in order --------------------------------------------------------------- */

/* Gathers an array of the first rank in each row of the grid, `unit_bytes` for each of its units,
 * one behind the other. */
static gf_status gather_units(const gf_rank_part *part, const void *mine, size_t unit_bytes,
                              void *all, gf_error *error) {
    gf_status status = GF_OK;
    if (part->ranks.rank != 0)
        return gf_ranks_send_all(&part->ranks, 0, mine, (size_t)part->mine.count * unit_bytes,
                                 error);
    memcpy(all, mine, (size_t)part->mine.count * unit_bytes);
    for (uint32_t i = part->grid.across; status == GF_OK && i < part->active;
         i += part->grid.across)
        status = gf_ranks_receive_all(&part->ranks, i,
                                      (char *)all + (size_t)part->parts[i].first * unit_bytes,
                                      (size_t)part->parts[i].count * unit_bytes, error);
    return status;
}

/* The checksums of rows by themselves, as they come. */
typedef struct row_sums {
    const gf_rank_part *part;
    double *sums;
    uint64_t count;
} row_sums;

static gf_status add_row_sums(void *context, const void *rows, uint64_t count, gf_error *error) {
    row_sums *made = context;
    const gf_rank_part *part = made->part;
    const size_t row_bytes = gf_row_bytes(&part->whole->buffers[part->whole->result]);
    gf_problem row;
    (void)error;
    for (uint64_t i = 0; i < count; i++, made->count++) {
        (void)gf_problem_of_part(part->whole, (gf_part){part->mine.first + made->count, 1}, &row);
        made->sums[made->count] =
            part->whole->workload->checksum(&row, (const char *)rows + (size_t)i * row_bytes);
    }
    return GF_OK;
}

/* A sum runs along a whole row: the first rank of a row of the grid gets the others' columns. */
static gf_status sum_rows(row_sums *made, gf_error *error) {
    const gf_rank_part *part = made->part;
    const gf_buffer_spec *spec = &part->problem.buffers[part->problem.result];
    const uint32_t grid_row = part->ranks.rank / part->grid.across;
    const gf_own_rows own = {part->result, gf_row_bytes(spec) / spec->cols};
    gf_error none = GF_ERROR_INIT;
    if (!gf_rank_has_sides(part))
        return add_row_sums(made, part->result, part->mine.count, error);
    return gf_whole_rows(part, grid_row, grid_row * part->grid.across, own, add_row_sums, made,
                         &none, error);
}

static double *make_sums(uint64_t count, gf_error *error) {
    double *sums = malloc((size_t)count * sizeof *sums);
    if (sums == NULL)
        (void)gf_error_no_memory(error, "sums of rows", (size_t)count * sizeof *sums);
    return sums;
}

/* Adds the rows' sums in the order of the rows, as a checksum of the whole does. */
static gf_status add_rows(const gf_rank_part *part, gf_parallel_result *result, gf_error *error) {
    const bool first = part->ranks.rank == 0, leads = part->ranks.rank % part->grid.across == 0;
    row_sums mine = {.part = part};
    double *all = NULL;
    if (leads && (mine.sums = make_sums(part->mine.count, error)) == NULL)
        return error->status;
    gf_status status = sum_rows(&mine, error);
    if (status == GF_OK && first && (all = make_sums(part->division.units, error)) == NULL)
        status = error->status;
    if (status == GF_OK && leads)
        status = gather_units(part, mine.sums, sizeof *all, all, error);
    for (uint64_t i = 0; first && status == GF_OK && i < part->division.units; i++)
        result->checksum += all[i];
    free(mine.sums);
    free(all);
    return status;
}

/* ---- Whole results ------------------------------------------------------------------ */

static void describe(const gf_problem *whole, const void *all, gf_parallel_result *result) {
    result->checksum = whole->workload->checksum(whole, all);
    if (whole->workload->describe != NULL)
        whole->workload->describe(whole, all, result->answer, sizeof result->answer);
}

/* Of results with short rows, such as a sum for each block. */
static gf_status gather_rows(const gf_rank_part *part, gf_parallel_result *result,
                             gf_error *error) {
    const gf_buffer_spec *spec = &part->whole->buffers[part->whole->result];
    void *all = part->ranks.rank == 0 ? malloc(spec->bytes) : NULL;
    if (part->ranks.rank == 0 && all == NULL)
        return gf_error_no_memory(error, spec->name, spec->bytes);
    const gf_status status = gather_units(part, part->result, gf_row_bytes(spec), all, error);
    if (status == GF_OK && part->ranks.rank == 0)
        describe(part->whole, all, result);
    free(all);
    return status;
}

/* ---- Work, and known answers --------------------------------------------------------- */

/* The work of parts adds up. */
static gf_status add_work(const gf_rank_part *part, gf_parallel_result *result, gf_error *error) {
    const gf_problem *whole = part->whole;
    double mine = 0;
    double *all = calloc(part->ranks.size, sizeof *all);
    result->work = whole->cost.work;
    if (all == NULL)
        return gf_error_no_memory(error, "the work", part->ranks.size * sizeof *all);
    if (whole->workload->work != NULL && part->mine.count > 0)
        mine = whole->workload->work(&part->problem, part->result);
    const gf_status status = gf_ranks_gather(&part->ranks, &mine, sizeof mine, all, error);
    if (status == GF_OK && whole->workload->work != NULL) {
        result->work = 0;
        for (uint32_t i = 0; i < part->ranks.size; i++)
            result->work += all[i];
    }
    free(all);
    return status;
}

static void check_known(const gf_problem *whole, gf_parallel_result *result) {
    gf_verification verification = {.sampled = false};
    result->known_answer_holds =
        gf_verification_check_known(whole, result->checksum, &verification);
    result->has_known_answer = verification.has_known_answer;
    result->holds = result->holds && result->known_answer_holds;
}

static gf_status answer_of_parts(gf_rank_part *part, gf_parallel_result *result, gf_error *error) {
    const gf_buffer_spec *spec = &part->whole->buffers[part->whole->result];
    gf_status status = GF_OK;
    if (part->mine.count > 0)
        status = gf_row_bytes(spec) <= SHORT_ROW && !gf_rank_has_sides(part)
                     ? gather_rows(part, result, error)
                     : add_rows(part, result, error);
    return status == GF_OK ? add_work(part, result, error) : status;
}

gf_status gf_parallel_answer(gf_parallel *parallel, gf_parallel_result *result, gf_error *error) {
    const gf_status status = gf_parallel_has_bands(parallel)
                                 ? gf_band_answer(parallel, result, error)
                                 : answer_of_parts(&parallel->part, result, error);
    if (status == GF_OK && parallel->ranks->rank == 0)
        check_known(parallel->problem, result);
    return status;
}
