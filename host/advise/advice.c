#include "advise/advice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "advise/advice_flips.h"
#include "analyse/verdict.h"
#include "base/error.h"

const char *gf_advice_kind_name(gf_advice_kind kind) {
    static const char *const names[] = {"none", "device", "split", "too-close"};
    return names[kind];
}

/* ---- The ranking ------------------------------------------------------- */

static const gf_prediction *prediction_of(const gf_candidates *candidates,
                                          const gf_prediction *predictions, size_t index) {
    return predictions == NULL ? &candidates->items[index].prediction : &predictions[index];
}

static double kernel_of(const gf_candidates *candidates, const gf_prediction *predictions,
                        size_t index) {
    return prediction_of(candidates, predictions, index)->phases[GF_PHASE_KERNEL].value;
}

static size_t best_kernel(const gf_candidates *candidates, const gf_prediction *predictions,
                          size_t winner) {
    size_t best = winner;
    for (size_t i = 0; i < candidates->count; i++) {
        if (prediction_of(candidates, predictions, i)->possible &&
            kernel_of(candidates, predictions, i) < kernel_of(candidates, predictions, best))
            best = i;
    }
    const bool clear = kernel_of(candidates, predictions, best) * GF_CLOSE_RATIO <
                       kernel_of(candidates, predictions, winner);
    return clear ? best : winner;
}

void gf_rank(const gf_candidates *candidates, const gf_prediction *predictions,
             gf_ranking *ranking) {
    const size_t none = candidates->count;
    *ranking = (gf_ranking){.kind = GF_ADVICE_NONE, .runner_up = none, .kernel_best = none};
    ranking->winner = gf_candidates_fastest(candidates, predictions, NULL);
    if (ranking->winner == none)
        return;
    const gf_profile *own = candidates->items[ranking->winner].profile;
    ranking->kind = GF_ADVICE_DEVICE;
    ranking->kernel_best = best_kernel(candidates, predictions, ranking->winner);
    ranking->runner_up = gf_candidates_fastest(candidates, predictions, own);
    if (ranking->runner_up == none)
        return;
    const gf_prediction *first = prediction_of(candidates, predictions, ranking->winner);
    const gf_prediction *second = prediction_of(candidates, predictions, ranking->runner_up);
    ranking->ratio = gf_predict_speedup(first, second);
    ranking->certainty = gf_predict_faster(first, second);
    if (ranking->certainty < GF_LEAST_CERTAINTY || ranking->ratio.value < GF_CLOSE_RATIO)
        ranking->kind = GF_ADVICE_TOO_CLOSE;
    else if (candidates->items[ranking->kernel_best].profile != own)
        ranking->kind = GF_ADVICE_SPLIT;
}

/* ---- The checklist ----------------------------------------------------- */

static const char *const predicted_sources[GF_CRITERION_COUNT] = {
    [GF_CRITERION_MEMORY] = "sizes of the buffers; limits in the device's profile",
    [GF_CRITERION_BRANCHING] =
        "the descriptor; where items differ, work of sampled rows by the scalar kernel",
    [GF_CRITERION_MOVEMENT] = "bytes of the buffers; predicted phases",
    [GF_CRITERION_OPERATIONS] = "facts in the device's profile; its measured cases of the kernel",
};

/* Of the measured cases of the candidate's kernel; 0 x 0: there are none. */
static gf_lane_group lanes_of(const gf_candidate *candidate, const gf_problem *problem) {
    const gf_profile *profile = candidate->profile;
    for (size_t i = 0; profile != NULL && i < profile->case_count; i++) {
        const gf_case *point = &profile->cases[i];
        if (strcmp(point->workload, problem->workload->name) == 0 &&
            strcmp(point->variant, candidate->variant) == 0 &&
            point->precision == problem->precision)
            return point->lanes;
    }
    return (gf_lane_group){0, 0};
}

/* The limits of a device that could not be measured are those that it reports. */
static void add_limits(const gf_candidate *candidate, gf_criterion_input *facts) {
    if (candidate->profile != NULL) {
        facts->global_memory_bytes = candidate->profile->global_memory_bytes;
        facts->max_alloc_bytes = candidate->profile->max_alloc_bytes;
        facts->f64 = candidate->profile->f64;
        facts->in_place = candidate->profile->used == GF_MEMORY_MAPPED;
    } else if (candidate->device != NULL) {
        const gf_device_info *info = gf_device_get_info(candidate->device);
        facts->global_memory_bytes = info->global_memory_bytes;
        facts->max_alloc_bytes = info->max_alloc_bytes;
        facts->f64 = info->f64;
    }
}

void gf_advice_grade(const gf_problem *problem, const gf_estimate *estimate,
                     const gf_candidate *candidate, gf_criterion_row rows[GF_CRITERION_COUNT]) {
    const gf_prediction *prediction = &candidate->prediction;
    gf_criterion_input facts = {.problem = problem,
                                .sources = predicted_sources,
                                .unknown = prediction->possible ? NULL : "no prediction",
                                .proof = "its kernel ran and was verified in small cases",
                                .lanes = lanes_of(candidate, problem),
                                .efficiencies =
                                    estimate->sampled_rows > 0 ? estimate->efficiency : NULL,
                                .bytes_up = estimate->bytes_up,
                                .bytes_down = estimate->bytes_down,
                                .work = estimate->work};
    facts.efficiency = gf_estimate_efficiency(estimate, facts.lanes);
    add_limits(candidate, &facts);
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++)
        facts.ns[phase] = prediction->phases[phase].value;
    for (gf_criterion point = 0; point < GF_CRITERION_COUNT; point++) {
        rows[point].label = candidate->label;
        gf_criterion_grade(&facts, point, &rows[point].check);
    }
}

/* ---- Making ------------------------------------------------------------ */

static gf_status open_ledger(gf_advice *advice, gf_error *error) {
    const gf_candidates *candidates = advice->candidates;
    for (size_t i = 0; i < candidates->count; i++) {
        const gf_candidate *item = &candidates->items[i];
        if (item->device != NULL && item->profile != NULL)
            return gf_prediction_log_open(item->profile->machine, &advice->ledger, error);
    }
    return GF_OK;
}

static gf_status grade_all(gf_advice *advice, gf_error *error) {
    const gf_candidates *candidates = advice->candidates;
    advice->checks = calloc(candidates->count * GF_CRITERION_COUNT + 1, sizeof *advice->checks);
    if (advice->checks == NULL)
        return gf_error_no_memory(error, "the checklist", candidates->count * GF_CRITERION_COUNT);
    for (size_t i = 0; i < candidates->count; i++)
        gf_advice_grade(advice->comparison->problem, &advice->estimate, &candidates->items[i],
                        &advice->checks[i * GF_CRITERION_COUNT]);
    return GF_OK;
}

static gf_status fill(gf_advice *advice, gf_error *error) {
    const gf_problem *problem = advice->comparison->problem;
    gf_status status = gf_estimate_create(problem, &advice->estimate, error);
    if (status != GF_OK)
        return status;
    gf_candidates_predict(advice->candidates, problem, &advice->estimate);
    gf_rank(advice->candidates, NULL, &advice->ranking);
    status = grade_all(advice, error);
    if (status == GF_OK)
        status = open_ledger(advice, error);
    if (status == GF_OK)
        status = gf_flips_find(advice->candidates, problem, advice->comparison->options.cancel,
                               &advice->flips, error);
    return status;
}

gf_status gf_advice_of(const gf_comparison *comparison, gf_candidates *candidates,
                       gf_advice **advice, gf_error *error) {
    gf_advice *made = calloc(1, sizeof *made);
    if (made == NULL) {
        gf_candidates_destroy(candidates);
        return gf_error_no_memory(error, "advice", sizeof *made);
    }
    made->comparison = comparison;
    made->candidates = candidates;
    made->log_saved = true;
    const gf_status status = fill(made, error);
    if (status != GF_OK) {
        gf_advice_destroy(made);
        return status;
    }
    *advice = made;
    return GF_OK;
}

gf_status gf_advice_create(gf_comparison *comparison, const gf_target_list *targets,
                           const char *device_model, gf_advice **advice, gf_error *error) {
    gf_candidates *candidates = NULL;
    const gf_status status =
        gf_candidates_create(comparison->session, comparison->problem->params, targets,
                             device_model, &comparison->options, &candidates, error);
    return status == GF_OK ? gf_advice_of(comparison, candidates, advice, error) : status;
}

gf_status gf_advice_permute(gf_advice *advice, const gf_target_list *targets, gf_error *error) {
    const gf_comparison *comparison = advice->comparison;
    gf_divergence *measured = NULL;
    const gf_status status = gf_divergence_measure(comparison->session, comparison->problem->params,
                                                   targets, &comparison->options, &measured, error);
    if (status != GF_OK)
        return status;
    gf_divergence_destroy(advice->divergence);
    advice->divergence = measured;
    return GF_OK;
}

gf_status gf_advice_permute_status(const gf_advice *advice, gf_error *error) {
    return gf_divergence_status(advice->divergence, error);
}

void gf_advice_destroy(gf_advice *advice) {
    if (advice == NULL)
        return;
    gf_candidates_destroy(advice->candidates);
    gf_prediction_log_close(advice->ledger);
    if (advice->check != NULL)
        free(advice->check->results);
    free(advice->check);
    free(advice->checks);
    gf_divergence_destroy(advice->divergence);
    free(advice);
}
