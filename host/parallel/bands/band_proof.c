#include "parallel/bands/band_proof.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "measure/reference/device_reference.h"
#include "problem/problem.h"

static const gf_buffer_spec *result_of(const gf_band_proof *proof) {
    return &proof->bands->whole->buffers[proof->bands->whole->result];
}

/* ---- The reference ---------------------------------------------------------- */

static char *row_at(const gf_band_proof *proof, uint32_t held, uint64_t unit) {
    const uint64_t before = unit - proof->bands->held[held].units.first;
    return proof->rows[held] + (size_t)before * gf_row_bytes(result_of(proof));
}

/* Inputs are the rank's own, which no device has written. */
static void lend_inputs(const gf_band_proof *proof, uint32_t held, gf_part units, gf_truth *truth) {
    const gf_rank_bands *bands = proof->bands;
    const gf_held_units *its = &bands->held[held];
    for (uint32_t i = 0; i < bands->whole->buffer_count; i++) {
        const size_t before =
            (size_t)(units.first - its->units.first) * gf_row_bytes(&bands->whole->buffers[i]);
        if (!gf_goes_up(bands->whole->buffers[i].access))
            continue;
        truth->inputs[i] = gf_is_cut(&bands->division, i) ? (char *)its->inputs[i] + before
                                                          : bands->held[GF_HELD_OWN].inputs[i];
    }
}

static gf_truth truth_of(const gf_band_proof *proof, gf_problem *problem) {
    return (gf_truth){.problem = problem,
                      .context = *proof->bands->context,
                      .ask_device = gf_reference_of_device,
                      .tolerance = proof->tolerance,
                      .inputs_made = true};
}

/* Computes these units into `target`. */
static gf_status compute(gf_band_proof *proof, uint32_t held, gf_part units, char *target,
                         gf_error *error) {
    gf_problem problem;
    (void)gf_problem_of_part(proof->bands->whole, units, &problem);
    gf_truth truth = truth_of(proof, &problem);
    lend_inputs(proof, held, units, &truth);
    const gf_status status = gf_truth_make_reference(&truth, error);
    memset(truth.inputs, 0, sizeof truth.inputs);
    if (status == GF_OK)
        memcpy(target, truth.reference, problem.buffers[problem.result].bytes);
    snprintf(proof->reference_label, sizeof proof->reference_label, "%s", truth.reference_label);
    gf_truth_clear(&truth);
    return status;
}

/* Computes the whole result of some units, unless it is there. */
static gf_status make_whole(gf_band_proof *proof, uint32_t held, gf_part units, uint32_t slot,
                            gf_error *error) {
    if (proof->known[slot])
        return GF_OK;
    const gf_status status =
        compute(proof, held, units, proof->wholes + slot * result_of(proof)->bytes, error);
    proof->known[slot] = status == GF_OK;
    return status;
}

/* ---- Rows --------------------------------------------------------------------- */

/* Computes the rows of a band that are not there yet, as many at a time as follow one another. */
static gf_status make_rows(gf_band_proof *proof, gf_part chunks, gf_error *error) {
    gf_status status = GF_OK;
    for (uint64_t i = chunks.first; status == GF_OK && i < chunks.first + chunks.count;) {
        uint64_t end = i;
        while (end < chunks.first + chunks.count && !proof->known[end])
            end++;
        const gf_part units = gf_units_of(proof->bands->plan, (gf_part){i, end - i});
        if (units.count > 0)
            status = compute(proof, GF_HELD_QUEUED, units,
                             row_at(proof, GF_HELD_QUEUED, units.first), error);
        for (uint64_t j = i; status == GF_OK && j < end; j++)
            proof->known[j] = true;
        i = end > i ? end : i + 1;
    }
    return status;
}

/* ---- Wholes ------------------------------------------------------------------- */

/* Chunks behind the one that settles the result have no share in it. */
static gf_status join_chunks(gf_band_proof *proof, gf_part chunks, gf_error *error) {
    const gf_rank_bands *bands = proof->bands;
    const size_t bytes = result_of(proof)->bytes;
    const uint64_t end = chunks.first + chunks.count;
    bool settled = false;
    for (uint64_t i = chunks.first; !settled && i < end; i++) {
        const gf_part units = gf_units_of(bands->plan, (gf_part){i, 1});
        const gf_part rest = gf_units_of(bands->plan, (gf_part){i + 1, end - i - 1});
        const gf_status status = make_whole(proof, GF_HELD_QUEUED, units, (uint32_t)i, error);
        if (status != GF_OK)
            return status;
        settled = bands->whole->workload->join(bands->whole, units, proof->wholes + i * bytes,
                                               proof->expected);
        if (settled && rest.count > 0)
            (void)bands->whole->workload->join(bands->whole, rest, NULL, proof->expected);
    }
    return GF_OK;
}

static gf_status expect_whole(gf_band_proof *proof, const gf_band *band, const void **expected,
                              gf_error *error) {
    const gf_rank_bands *bands = proof->bands;
    const size_t bytes = result_of(proof)->bytes;
    if (band->held == GF_HELD_OWN) {
        *expected = proof->wholes + bands->plan->chunks * bytes;
        return GF_OK;
    }
    *expected = proof->expected;
    memcpy(proof->expected, bands->held[GF_HELD_OWN].inputs[bands->whole->result], bytes);
    return join_chunks(proof, gf_chunks_of(bands->plan, band->units), error);
}

/* ---- All of it ------------------------------------------------------------------ */

static gf_status make_own(gf_band_proof *proof, gf_error *error) {
    const gf_part own = proof->bands->held[GF_HELD_OWN].units;
    if (own.count == 0)
        return GF_OK;
    return gf_rank_bands_are_rows(proof->bands)
               ? compute(proof, GF_HELD_OWN, own, proof->rows[GF_HELD_OWN], error)
               : make_whole(proof, GF_HELD_OWN, own, proof->bands->plan->chunks, error);
}

/* Memory that is never computed is never touched. */
static bool allocate(gf_band_proof *proof) {
    const gf_rank_bands *bands = proof->bands;
    const size_t slots = (size_t)bands->plan->chunks + 1, bytes = result_of(proof)->bytes;
    bool there = (proof->known = calloc(slots, sizeof *proof->known)) != NULL;
    if (!gf_rank_bands_are_rows(bands)) {
        proof->wholes = calloc(slots, bytes);
        proof->expected = malloc(bytes);
        return there && proof->wholes != NULL && proof->expected != NULL;
    }
    for (uint32_t i = 0; i < GF_HELD; i++) {
        const gf_held_units *held = &bands->held[i];
        if (held->units.count == 0)
            continue;
        proof->rows[i] = malloc(held->problem.buffers[held->problem.result].bytes);
        there = there && proof->rows[i] != NULL;
    }
    return there;
}

gf_status gf_band_proof_create(gf_band_proof *proof, const gf_rank_bands *bands,
                               const gf_tolerance *tolerance, gf_error *error) {
    *proof = (gf_band_proof){.bands = bands, .tolerance = *tolerance};
    const gf_status status =
        allocate(proof) ? make_own(proof, error)
                        : gf_error_no_memory(error, "the reference", result_of(proof)->bytes);
    if (status != GF_OK)
        gf_band_proof_clear(proof);
    return status;
}

void gf_band_proof_clear(gf_band_proof *proof) {
    for (uint32_t i = 0; i < GF_HELD; i++)
        free(proof->rows[i]);
    free(proof->wholes);
    free(proof->expected);
    free(proof->known);
    *proof = (gf_band_proof){.bands = NULL};
}

/* ---- Comparing -------------------------------------------------------------------- */

static gf_status expect(gf_band_proof *proof, const gf_band *band, const void **expected,
                        gf_error *error) {
    const gf_rank_bands *bands = proof->bands;
    if (!gf_rank_bands_are_rows(bands))
        return expect_whole(proof, band, expected, error);
    *expected = row_at(proof, band->held, band->units.first);
    return band->held == GF_HELD_OWN
               ? GF_OK
               : make_rows(proof, gf_chunks_of(bands->plan, band->units), error);
}

static gf_status check_band(gf_band_proof *proof, uint32_t index, gf_verification *verification,
                            bool *holds, gf_error *error) {
    gf_problem problem;
    const void *expected = NULL;
    gf_verification of_band = {.sampled = false};
    bool holds_here = false;
    gf_band_problem(proof->bands, index, &problem);
    gf_status status = expect(proof, &proof->bands->bands[index], &expected, error);
    if (status != GF_OK)
        return status;
    gf_truth truth = truth_of(proof, &problem);
    truth.reference = (void *)(uintptr_t)expected; /* which is only read */
    memcpy(truth.reference_label, proof->reference_label, sizeof proof->reference_label);
    status = gf_verification_check(&truth, gf_band_result(proof->bands, index), &of_band,
                                   &holds_here, error);
    gf_verification_add(verification, &of_band);
    *holds = *holds && holds_here;
    return status;
}

gf_status gf_band_proof_check(gf_band_proof *proof, gf_verification *verification, bool *holds,
                              gf_error *error) {
    gf_status status = GF_OK;
    *verification = (gf_verification){.sampled = false};
    *holds = true;
    for (uint32_t i = 0; status == GF_OK && i < proof->bands->count; i++) {
        if (proof->bands->bands[i].skipped == 0)
            status = check_band(proof, i, verification, holds, error);
    }
    return status;
}
