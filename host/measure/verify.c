#include "measure/verify.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "measure/reference/f64_difference.h"
#include "problem/elements.h"
#include "problem/problem.h"
#include "stats/random.h"

/* Samples of one run. The least covers the four corners, the four edges and four places elsewhere;
 * the most finds a fault in 1 % of the places with a probability of 1 - 0.99^256 = 92 %. Each run
 * samples other places. */
#define MIN_SAMPLES 12
#define MAX_SAMPLES 256
/* The fewest elements whose sum is compared: one that may differ is then at most 1/4096 of them. */
#define MIN_SUMMED 4096

/* ---- Full or sampled --------------------------------------------------- */

/* The number of samples that are cheap together. */
static uint32_t sample_count(const gf_problem *problem) {
    const double affordable = GF_CHEAP_OPERATIONS / problem->workload->sample_operations(problem);
    if (affordable < MIN_SAMPLES)
        return MIN_SAMPLES;
    return affordable > MAX_SAMPLES ? MAX_SAMPLES : (uint32_t)affordable;
}

static bool choose_sampling(const gf_truth *truth) {
    const gf_problem *problem = truth->problem;
    const gf_verify_mode mode = truth->context.options->verify;
    if (!gf_can_sample(problem) || mode == GF_VERIFY_FULL)
        return false;
    const double whole = problem->cost.operations;
    const double sample = problem->workload->sample_operations(problem);
    if (mode == GF_VERIFY_SAMPLED) /* unless the whole is cheaper, and proves more */
        return sample <= fmax(whole, GF_CHEAP_OPERATIONS);
    return whole > GF_CHEAP_OPERATIONS && sample * (double)sample_count(problem) < whole / 2;
}

/* f32 computes something else than f64 does; the distance of the two references is the price of
 * that choice. A run in f32 goes on without it: the problem in f64 may not fit into memory. */
static void compare_with_f64(gf_truth *truth) {
    gf_error failure = GF_ERROR_INIT;
    truth->has_f64_difference =
        gf_f64_difference_of_truth(truth, &truth->f64_difference, &failure) == GF_OK;
    gf_error_clear(&failure);
}

gf_status gf_verification_prepare(gf_truth *truth, gf_error *error) {
    const gf_problem *problem = truth->problem;
    gf_status status = gf_truth_make_inputs(truth, error);
    if (status != GF_OK || choose_sampling(truth))
        return status;
    status = gf_truth_make_reference(truth, error);
    if (status == GF_OK)
        status = gf_truth_redraw(truth, error);
    if (status != GF_OK || truth->has_f64_difference || problem->precision != GF_PRECISION_F32 ||
        problem->cost.operations > GF_CHEAP_OPERATIONS)
        return status;
    compare_with_f64(truth);
    return gf_context_check_cancel(&truth->context, error);
}

gf_status gf_verification_begin(gf_truth *truth, gf_error *error) {
    const gf_progress progress = {.device_id = "host", .variant = "scalar", .stage = "reference"};
    gf_context_report_progress(&truth->context, &progress);
    const gf_status status = gf_context_check_cancel(&truth->context, error);
    return status == GF_OK ? gf_verification_prepare(truth, error) : status;
}

/* ---- Comparing --------------------------------------------------------- */

/* The elements of `count` that may differ by more than the error allowed. Where a share may, two
 * always may, because a small part would be allowed none. */
static double elements_allowed(double share, uint64_t count) {
    return share > 0 ? share * (double)count + 2 : 0;
}

/* Adds a row or a sample, and notes when too much of it differs. */
static void add_part(const gf_truth *truth, const gf_difference *part,
                     gf_verification *verification) {
    gf_difference *all = &verification->difference;
    all->compared += part->compared;
    all->mismatches += part->mismatches;
    if (part->max_abs_error > all->max_abs_error)
        all->max_abs_error = part->max_abs_error;
    if ((double)part->mismatches > elements_allowed(truth->tolerance.row_share, part->compared))
        verification->part_fails = true;
}

static void check_rows(const gf_truth *truth, const void *output, gf_verification *verification) {
    const gf_buffer_spec *spec = &truth->problem->buffers[truth->problem->result];
    const size_t row_bytes = spec->bytes / spec->rows;
    if (memcmp(truth->reference, output, spec->bytes) == 0) { /* rows may be short and many */
        verification->difference.compared += spec->rows * spec->cols * spec->components;
        return;
    }
    for (size_t row = 0; row < spec->rows; row++) {
        gf_difference part = {0, 0, 0};
        gf_compare_within(spec->type, (const char *)truth->reference + row * row_bytes,
                          (const char *)output + row * row_bytes, spec->cols * spec->components,
                          &truth->tolerance, &part);
        add_part(truth, &part, verification);
    }
}

static gf_status check_samples(gf_truth *truth, const void *output, gf_verification *verification,
                               gf_error *error) {
    const gf_problem *problem = truth->problem;
    gf_sample_request request = {.reference = gf_reference_kernel(problem),
                                 .inputs = (const void *const *)truth->inputs,
                                 .result = output,
                                 .abs_error = truth->tolerance.abs_error,
                                 .cancel = truth->context.options->cancel};
    if (request.reference == NULL)
        return gf_error_set(error, GF_FAILED, "workload %s has no scalar CPU kernel to verify with",
                            problem->workload->name);
    verification->sample_count = sample_count(problem);
    for (uint32_t i = 0; i < verification->sample_count; i++) {
        request.index = i;
        request.random = gf_random_bits(&truth->sample_state);
        gf_difference part = {0, 0, 0};
        gf_status status = problem->workload->check_sample(problem, &request, &part, error);
        if (status == GF_OK) /* a cancelled sample proves nothing */
            status = gf_context_check_cancel(&truth->context, error);
        if (status != GF_OK)
            return status;
        add_part(truth, &part, verification);
    }
    return GF_OK;
}

static bool is_within(const gf_truth *truth, const gf_verification *verification) {
    const gf_difference *difference = &verification->difference;
    const double allowed = elements_allowed(truth->tolerance.differing_share, difference->compared);
    return (double)difference->mismatches <= allowed && !verification->part_fails;
}

/* ---- What samples leave out -------------------------------------------- */

static bool every_bit_counts(const gf_truth *truth) {
    const gf_tolerance *allowed = &truth->tolerance;
    return allowed->abs_error <= 0 && allowed->relative_error <= 0 && allowed->ulps <= 0 &&
           allowed->differing_share <= 0;
}

static uint64_t hash_of(const gf_truth *truth, const void *result) {
    return gf_hash_array(result, truth->problem->buffers[truth->problem->result].bytes);
}

/* Two results whose samples are right have different bits. The whole reference tells which is
 * wrong; where it does not fit into memory, the later one is refused. */
static gf_status decide(gf_truth *truth, const void *output, gf_verification *verification,
                        bool *holds, gf_error *error) {
    const gf_progress progress = {.device_id = "host", .variant = "scalar", .stage = "reference"};
    gf_error failure = GF_ERROR_INIT;
    gf_context_report_progress(&truth->context, &progress);
    const gf_status status = gf_truth_make_reference(truth, &failure);
    if (status == GF_UNSUPPORTED) {
        gf_error_clear(&failure);
        verification->differs_from_others = true;
        *holds = false;
        return GF_OK;
    }
    if (status != GF_OK) {
        *error = failure;
        return status;
    }
    truth->result_hash = hash_of(truth, truth->reference);
    verification->sampled = false;
    verification->difference = (gf_difference){0, 0, 0};
    check_rows(truth, output, verification);
    verification->was_wrong_before = gf_verification_is_refuted(truth, verification);
    *holds = is_within(truth, verification) && !verification->was_wrong_before;
    return GF_OK;
}

static gf_status compare_with_others(gf_truth *truth, const void *output,
                                     gf_verification *verification, bool *holds, gf_error *error) {
    const uint64_t hash = hash_of(truth, output);
    if (!truth->has_result_hash)
        truth->result_hash = hash;
    truth->has_result_hash = true;
    if (hash != truth->result_hash)
        return decide(truth, output, verification, holds, error);
    verification->has_hash = true;
    verification->hash = hash;
    return GF_OK;
}

bool gf_verification_is_refuted(const gf_truth *truth, const gf_verification *verification) {
    return truth->reference != NULL && verification->has_hash &&
           verification->hash != truth->result_hash;
}

gf_status gf_verification_check(gf_truth *truth, const void *output, gf_verification *verification,
                                bool *holds, gf_error *error) {
    *verification = (gf_verification){
        .sampled = truth->reference == NULL,
        .has_hash = verification->has_hash,
        .hash = verification->hash,
        .differing_share_allowed = truth->tolerance.differing_share,
        .tolerance_note = truth->tolerance.why,
        .independent = truth->reference_device == NULL,
    };
    snprintf(verification->reference, sizeof verification->reference, "%s", truth->reference_label);
    gf_status status = GF_OK;
    if (verification->sampled)
        status = check_samples(truth, output, verification, error);
    else
        check_rows(truth, output, verification);
    if (status != GF_OK)
        return status;
    *holds = is_within(truth, verification);
    if (*holds && verification->sampled && every_bit_counts(truth))
        status = compare_with_others(truth, output, verification, holds, error);
    return status;
}

bool gf_verification_check_outputs(const gf_truth *truth, const void *const *outputs,
                                   gf_verification *verification) {
    for (uint32_t i = 0; i < truth->problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &truth->problem->buffers[i];
        gf_difference difference = {0, 0, 0};
        if (truth->outputs[i] == NULL)
            continue;
        gf_compare_within(spec->type, truth->outputs[i], outputs[i],
                          spec->rows * spec->cols * spec->components, &truth->tolerance,
                          &difference);
        if ((double)difference.mismatches <=
            elements_allowed(truth->tolerance.differing_share, difference.compared))
            continue;
        verification->difference = difference;
        verification->buffer = spec->name;
        return false;
    }
    return true;
}

bool gf_verification_check_known(const gf_problem *problem, double checksum,
                                 gf_verification *verification) {
    if (problem->workload->known_answer == NULL ||
        !problem->workload->known_answer(problem, &verification->known_answer))
        return true;
    verification->has_known_answer = true;
    verification->known_answer_holds = fabs(checksum - verification->known_answer.checksum) <=
                                       verification->known_answer.tolerance;
    return verification->known_answer_holds;
}

void gf_verification_add(gf_verification *whole, const gf_verification *piece) {
    const gf_difference before = whole->difference;
    *whole = *piece;
    whole->difference.compared += before.compared;
    whole->difference.mismatches += before.mismatches;
    if (before.max_abs_error > whole->difference.max_abs_error)
        whole->difference.max_abs_error = before.max_abs_error;
}

bool gf_verification_check_checksum(const gf_truth *truth, double checksum) {
    const double allowed = truth->tolerance.checksum_share * fabs(truth->reference_checksum);
    const gf_buffer_spec *spec = &truth->problem->buffers[truth->problem->result];
    /* In a small result one element that may differ can move the sum by more than its share. */
    if (truth->reference == NULL || truth->tolerance.checksum_share <= 0 ||
        spec->rows * spec->cols < MIN_SUMMED)
        return true;
    return fabs(checksum - truth->reference_checksum) <= allowed;
}
