#include "parallel/part/rank_reference.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "measure/reference/device_reference.h"
#include "parallel/grid/cell_inputs.h"
#include "problem/problem.h"

/* ---- What is compared ----------------------------------------------------- */

/* The units, rows or columns, that must be computed to know some of them after steps that reach so
 * far: with all that these depend on. */
static gf_part dependence_of(gf_part wanted, uint64_t units, uint64_t reach, bool wraps) {
    const uint64_t below = units - wanted.first - wanted.count;
    if (wraps)
        return wanted.count + 2 * reach >= units
                   ? (gf_part){0, units}
                   : (gf_part){(wanted.first + units - reach) % units, wanted.count + 2 * reach};
    const uint64_t top = wanted.first < reach ? wanted.first : reach;
    return (gf_part){wanted.first - top, top + wanted.count + (below < reach ? below : reach)};
}

/* Parts that are rows alone have all columns, and so has what they depend on. */
static gf_rectangle cells_needed(const gf_rank_part *part, gf_rectangle wanted) {
    const gf_division *division = &part->division;
    const uint64_t reach = part->whole->steps * division->reach;
    const gf_part rows = dependence_of((gf_part){wanted.first_row, wanted.rows}, division->units,
                                       reach, division->wraps);
    gf_part columns = {wanted.first_column, wanted.columns};
    if (gf_rank_has_sides(part))
        columns = dependence_of(columns, division->columns, reach, division->columns_wrap);
    return (gf_rectangle){rows.first, rows.count, columns.first, columns.count};
}

static double operations_of(const gf_rank_part *part, gf_rectangle cells) {
    const gf_buffer_spec *spec = &part->whole->buffers[part->whole->result];
    return part->whole->cost.operations * ((double)cells.rows / (double)part->division.units) *
           ((double)cells.columns / (double)spec->cols);
}

static void add_piece(gf_rank_proof *proof, gf_rectangle cells) {
    if (cells.rows > 0 && cells.columns > 0)
        proof->pieces[proof->count++].cells = cells;
}

/* As many rows and columns at the edges as two halos have, which prove the exchanges. */
static void choose_edges(const gf_rank_part *part, gf_rectangle mine, gf_rank_proof *proof) {
    const uint64_t edge = 2 * gf_rank_halo(part);
    gf_rectangle side = {mine.first_row + edge, mine.rows - 2 * edge, mine.first_column, edge};
    add_piece(proof, (gf_rectangle){mine.first_row, edge, mine.first_column, mine.columns});
    add_piece(proof, (gf_rectangle){mine.first_row + mine.rows - edge, edge, mine.first_column,
                                    mine.columns});
    if (!gf_rank_has_sides(part))
        return;
    add_piece(proof, side);
    side.first_column = mine.first_column + mine.columns - edge;
    add_piece(proof, side);
}

/* All of the part, or its edges. */
static void choose_cells(const gf_rank_part *part, gf_rank_proof *proof) {
    const gf_verify_mode mode = part->context->options->verify;
    const gf_rectangle mine = gf_rank_rectangle(part, part->ranks.rank);
    const uint64_t edge = 2 * gf_rank_halo(part);
    const double whole = operations_of(part, cells_needed(part, mine));
    const bool samples =
        mode == GF_VERIFY_SAMPLED || (mode == GF_VERIFY_AUTO && whole > GF_MOST_PROOF_OPERATIONS);
    const bool has_edges =
        edge > 0 && 2 * edge < mine.rows && (!gf_rank_has_sides(part) || 2 * edge < mine.columns);
    proof->sampled = samples && has_edges;
    if (proof->sampled)
        choose_edges(part, mine, proof);
    else
        add_piece(proof, mine);
}

/* ---- The reference --------------------------------------------------------- */

/* The problem of some cells. Where parts are rows alone these have all columns. */
static void make_problem(const gf_rank_part *part, gf_rectangle cells, gf_problem *made) {
    gf_problem columns;
    const gf_problem *panel = gf_rank_has_sides(part)
                                  ? gf_problem_of_columns(part->whole, cells.columns, &columns)
                                  : part->whole;
    (void)gf_problem_of_part(panel, (gf_part){cells.first_row, cells.rows}, made);
}

static gf_truth truth_of(const gf_rank_part *part, gf_problem *problem) {
    return (gf_truth){.problem = problem,
                      .context = *part->context,
                      .ask_device = gf_reference_of_device,
                      .inputs_made = true};
}

/* A buffer that is cut by rows alone has its own number of columns. */
static gf_rectangle cells_of_input(const gf_rank_part *part, uint32_t index, gf_rectangle cells) {
    const gf_buffer_spec *spec = &part->whole->buffers[index];
    if (!gf_is_cut(&part->division, index))
        return (gf_rectangle){0, spec->rows, 0, spec->cols};
    return gf_rank_has_sides(part) ? cells
                                   : (gf_rectangle){cells.first_row, cells.rows, 0, spec->cols};
}

static gf_status make_inputs(const gf_rank_part *part, gf_rectangle cells, gf_truth *truth,
                             gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < part->whole->buffer_count; i++) {
        if (gf_goes_up(part->whole->buffers[i].access))
            status = gf_fill_cells(part->whole, i, cells_of_input(part, i, cells),
                                   part->context->options->cancel, &truth->inputs[i], error);
    }
    return status;
}

/* How far behind a cell, in a grid whose ends may meet, another one is. */
static uint64_t behind(uint64_t cell, uint64_t other, uint64_t all) {
    return (other + all - cell) % all;
}

/* Takes the cells that are compared out of those that were computed. */
static gf_status keep_cells(gf_proof_piece *piece, const gf_rank_part *part, gf_rectangle computed,
                            gf_truth *wide, gf_error *error) {
    const gf_buffer_spec *spec = &piece->problem.buffers[piece->problem.result];
    const size_t cell_bytes = gf_row_bytes(spec) / spec->cols;
    gf_rectangle cells = piece->cells;
    const bool all = computed.rows == cells.rows && computed.columns == cells.columns;
    if (all || !gf_is_cut(&part->division, part->whole->result)) {
        piece->truth.reference = wide->reference;
        wide->reference = NULL;
        return GF_OK;
    }
    piece->truth.reference = malloc(spec->bytes);
    if (piece->truth.reference == NULL)
        return gf_error_no_memory(error, "the reference", spec->bytes);
    cells.first_row = behind(computed.first_row, cells.first_row, part->division.units);
    cells.first_column = behind(computed.first_column, cells.first_column,
                                part->whole->buffers[part->whole->result].cols);
    gf_pack_cells(cells, cell_bytes, wide->reference, computed.columns * cell_bytes,
                  piece->truth.reference);
    return GF_OK;
}

static gf_status compute(gf_proof_piece *piece, const gf_rank_part *part, gf_error *error) {
    const gf_rectangle computed = cells_needed(part, piece->cells);
    gf_problem problem;
    gf_truth wide = truth_of(part, &problem);
    make_problem(part, computed, &problem);
    gf_status status = make_inputs(part, computed, &wide, error);
    if (status == GF_OK)
        status = gf_truth_make_reference(&wide, error);
    if (status == GF_OK)
        status = keep_cells(piece, part, computed, &wide, error);
    snprintf(piece->truth.reference_label, sizeof piece->truth.reference_label, "%s",
             wide.reference_label);
    gf_truth_clear(&wide);
    return status;
}

gf_status gf_rank_proof_create(gf_rank_proof *proof, const gf_rank_part *part,
                               const gf_tolerance *tolerance, gf_error *error) {
    gf_status status = GF_OK;
    *proof = (gf_rank_proof){.count = 0};
    if (part->mine.count > 0)
        choose_cells(part, proof);
    for (uint32_t i = 0; i < proof->count; i++) {
        gf_proof_piece *piece = &proof->pieces[i];
        make_problem(part, piece->cells, &piece->problem);
        piece->truth = truth_of(part, &piece->problem);
        piece->truth.tolerance = *tolerance;
    }
    for (uint32_t i = 0; status == GF_OK && i < proof->count; i++)
        status = compute(&proof->pieces[i], part, error);
    if (status != GF_OK)
        gf_rank_proof_clear(proof);
    return status;
}

void gf_rank_proof_clear(gf_rank_proof *proof) {
    for (uint32_t i = 0; i < proof->count; i++)
        gf_truth_clear(&proof->pieces[i].truth);
    *proof = (gf_rank_proof){.count = 0};
}

/* ---- Comparing ------------------------------------------------------------- */

/* A piece that is whole rows of the part lies in the result as it is; another one is packed. */
static gf_status check_piece(gf_proof_piece *piece, const gf_rank_part *part,
                             gf_verification *verification, bool *holds, gf_error *error) {
    const gf_buffer_spec *spec = &part->problem.buffers[part->problem.result];
    const gf_rectangle mine = gf_rank_rectangle(part, part->ranks.rank);
    const size_t row_bytes = gf_row_bytes(spec);
    gf_rectangle cells = piece->cells;
    cells.first_row -= mine.first_row;
    cells.first_column -= mine.first_column;
    const char *rows = (const char *)part->result + (size_t)cells.first_row * row_bytes;
    if (cells.columns == mine.columns)
        return gf_verification_check(&piece->truth, rows, verification, holds, error);
    const gf_buffer_spec *of_piece = &piece->problem.buffers[piece->problem.result];
    void *packed = malloc(of_piece->bytes);
    if (packed == NULL)
        return gf_error_no_memory(error, "the edges of a part", of_piece->bytes);
    gf_pack_cells(cells, row_bytes / spec->cols, part->result, row_bytes, packed);
    const gf_status status =
        gf_verification_check(&piece->truth, packed, verification, holds, error);
    free(packed);
    return status;
}

gf_status gf_rank_proof_check(gf_rank_proof *proof, const gf_rank_part *part,
                              gf_verification *verification, bool *holds, gf_error *error) {
    gf_status status = GF_OK;
    *verification = (gf_verification){.sampled = false};
    *holds = true;
    for (uint32_t i = 0; status == GF_OK && i < proof->count; i++) {
        gf_verification of_piece = {.sampled = false};
        bool holds_here = false;
        status = check_piece(&proof->pieces[i], part, &of_piece, &holds_here, error);
        gf_verification_add(verification, &of_piece);
        *holds = *holds && holds_here;
    }
    verification->sampled = proof->sampled;
    return status;
}
