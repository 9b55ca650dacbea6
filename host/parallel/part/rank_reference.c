#include "parallel/part/rank_reference.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "device/host_array.h"
#include "measure/reference/device_reference.h"
#include "problem/problem.h"

/* ---- What is compared ----------------------------------------------------- */

/* Rows that the steps reach from these, above and below. */
static uint64_t reach_of(const gf_rank_part *part) {
    return part->whole->steps * part->division.reach;
}

/* The rows that must be computed to know these: with all that they depend on. */
static gf_part dependence_of(const gf_rank_part *part, gf_part rows) {
    const uint64_t units = part->division.units, reach = reach_of(part);
    const uint64_t below = units - rows.first - rows.count;
    if (part->division.wraps)
        return rows.count + 2 * reach >= units
                   ? (gf_part){0, units}
                   : (gf_part){(rows.first + units - reach) % units, rows.count + 2 * reach};
    const uint64_t top = rows.first < reach ? rows.first : reach;
    return (gf_part){rows.first - top, top + rows.count + (below < reach ? below : reach)};
}

static double operations_of(const gf_rank_part *part, gf_part rows) {
    return part->whole->cost.operations * (double)rows.count / (double)part->division.units;
}

/* All of the part; or at both ends as many rows as two halos have, which prove the exchanges. */
static void choose_rows(const gf_rank_part *part, gf_rank_proof *proof) {
    const gf_verify_mode mode = part->context->options->verify;
    const gf_part mine = part->mine;
    const uint64_t edge = 2 * part->visit_steps * part->division.reach;
    const double whole = operations_of(part, dependence_of(part, mine));
    const bool samples =
        mode == GF_VERIFY_SAMPLED || (mode == GF_VERIFY_AUTO && whole > GF_MOST_PROOF_OPERATIONS);
    proof->count = samples && edge > 0 && 2 * edge < mine.count ? 2 : 1;
    proof->pieces[0].rows = proof->count == 1 ? mine : (gf_part){mine.first, edge};
    proof->pieces[1].rows = (gf_part){mine.first + mine.count - edge, edge};
}

/* ---- The reference --------------------------------------------------------- */

static gf_truth truth_of(const gf_rank_part *part, gf_problem *problem) {
    return (gf_truth){.problem = problem,
                      .context = *part->context,
                      .ask_device = gf_reference_of_device,
                      .inputs_made = true};
}

static gf_status make_inputs(const gf_rank_part *part, gf_part rows, gf_truth *truth,
                             gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < part->whole->buffer_count; i++) {
        const bool cut = gf_is_cut(&part->division, i);
        if (gf_goes_up(part->whole->buffers[i].access))
            status = gf_rank_fill_rows(part->whole, i, cut ? rows.first : 0,
                                       cut ? rows.count : part->whole->buffers[i].rows,
                                       part->context->options->cancel, &truth->inputs[i], error);
    }
    return status;
}

/* Takes the rows that are compared out of those that were computed. */
static gf_status keep_rows(gf_proof_piece *piece, const gf_rank_part *part, gf_part computed,
                           gf_truth *wide, gf_error *error) {
    const gf_buffer_spec *spec = &piece->problem.buffers[piece->problem.result];
    const uint64_t units = part->division.units;
    const uint64_t before = (piece->rows.first + units - computed.first) % units;
    if (computed.count == piece->rows.count || !gf_is_cut(&part->division, part->whole->result)) {
        piece->truth.reference = wide->reference;
        wide->reference = NULL;
        return GF_OK;
    }
    piece->truth.reference = malloc(spec->bytes);
    if (piece->truth.reference == NULL)
        return gf_error_no_memory(error, "the reference", spec->bytes);
    memcpy(piece->truth.reference,
           (const char *)wide->reference + (size_t)before * gf_row_bytes(spec), spec->bytes);
    return GF_OK;
}

static gf_status compute(gf_proof_piece *piece, const gf_rank_part *part, gf_error *error) {
    const gf_part computed = dependence_of(part, piece->rows);
    gf_problem problem;
    gf_truth wide = truth_of(part, &problem);
    (void)gf_problem_of_part(part->whole, computed, &problem);
    gf_status status = make_inputs(part, computed, &wide, error);
    if (status == GF_OK)
        status = gf_truth_make_reference(&wide, error);
    if (status == GF_OK)
        status = keep_rows(piece, part, computed, &wide, error);
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
        choose_rows(part, proof);
    for (uint32_t i = 0; i < proof->count; i++) {
        gf_proof_piece *piece = &proof->pieces[i];
        (void)gf_problem_of_part(part->whole, piece->rows, &piece->problem);
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

static void add(const gf_verification *piece, gf_verification *all) {
    const gf_difference before = all->difference;
    *all = *piece;
    all->difference.compared += before.compared;
    all->difference.mismatches += before.mismatches;
    if (before.max_abs_error > all->difference.max_abs_error)
        all->difference.max_abs_error = before.max_abs_error;
}

gf_status gf_rank_proof_check(gf_rank_proof *proof, const gf_rank_part *part,
                              gf_verification *verification, bool *holds, gf_error *error) {
    const gf_buffer_spec *spec = &part->whole->buffers[part->whole->result];
    gf_status status = GF_OK;
    *verification = (gf_verification){.sampled = false};
    *holds = true;
    for (uint32_t i = 0; status == GF_OK && i < proof->count; i++) {
        gf_verification of_piece = {.sampled = false};
        bool holds_here = false;
        const uint64_t before = proof->pieces[i].rows.first - part->mine.first;
        const char *rows = (const char *)part->result + (size_t)before * gf_row_bytes(spec);
        status =
            gf_verification_check(&proof->pieces[i].truth, rows, &of_piece, &holds_here, error);
        add(&of_piece, verification);
        *holds = *holds && holds_here;
    }
    verification->sampled = proof->count > 1;
    return status;
}
