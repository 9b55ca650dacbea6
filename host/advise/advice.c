#include "advise/advice.h"

#include <stdlib.h>
#include <string.h>

#include "base/entry.h"
#include "base/error.h"
#include "predict/candidates_create.h"
#include "problem/problem.h"

static const char *const predicted_sources[GF_CRITERION_COUNT] = {
    [GF_CRITERION_MEMORY] = "sizes of the buffers; limits in the device's profile",
    [GF_CRITERION_BRANCHING] = "the descriptor; where items differ, work of sampled items",
    [GF_CRITERION_MOVEMENT] = "bytes of the buffers; predicted phases",
    [GF_CRITERION_OPERATIONS] = "facts in the device's profile; its measured cases of the kernel",
};

/* From the measured cases of the candidate's kernel; 0 x 0: it has none. */
static gf_lane_group lanes_of(const gf_candidate *candidate, const gf_problem *problem) {
    const gf_profile *profile = candidate->profile;
    char key[GF_WORKLOAD_KEY];
    gf_workload_key(problem->workload, key);
    for (size_t i = 0; profile != NULL && i < profile->case_count; i++) {
        const gf_case *measured = &profile->cases[i];
        if (strcmp(measured->workload, key) == 0 &&
            strcmp(measured->variant, candidate->variant) == 0 &&
            measured->precision == problem->precision)
            return measured->lanes;
    }
    return (gf_lane_group){0, 0};
}

/* A device that could not be measured has no profile; its own report has the limits then. */
static void add_limits(const gf_candidate *candidate, gf_criterion_input *input) {
    const gf_memory_limits limits = gf_candidate_limits(candidate);
    input->global_memory_bytes = limits.total;
    input->max_alloc_bytes = limits.one_buffer;
    input->visits = candidate->prediction.visits;
    if (candidate->profile != NULL) {
        input->f64 = candidate->profile->f64;
        input->in_place = candidate->profile->used == GF_MEMORY_MAPPED;
    } else if (candidate->device != NULL) {
        input->f64 = gf_device_get_info(candidate->device)->f64;
    }
}

void gf_advice_grade(const gf_problem *problem, gf_estimate *estimate,
                     const gf_candidate *candidate, gf_criterion_row rows[GF_CRITERION_COUNT]) {
    const gf_prediction *prediction = &candidate->prediction;
    gf_criterion_input input = {.problem = problem,
                                .sources = predicted_sources,
                                .unknown = prediction->possible ? NULL : "no prediction",
                                .proof = "its kernel ran and was verified in small cases",
                                .lanes = lanes_of(candidate, problem),
                                .efficiencies =
                                    estimate->sampled.items > 0 ? estimate->efficiency : NULL,
                                .bytes_up = estimate->bytes_up,
                                .bytes_down = estimate->bytes_down,
                                .work = estimate->work,
                                .work_bounded = prediction->bound};
    input.efficiency = gf_estimate_efficiency(estimate, input.lanes).value;
    input.memory_varies = candidate->device_class == GF_CLASS_CPU;
    input.device = candidate->device != NULL ? gf_device_get_info(candidate->device) : NULL;
    add_limits(candidate, &input);
    if (input.visits.bands > 0) {
        input.bytes_up = (double)input.visits.bytes_up;
        input.bytes_down = (double)input.visits.bytes_down;
        input.in_place = false;
    }
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++)
        input.ns[phase] = prediction->phases[phase].value;
    input.pipelined_ns = prediction->pipelined.value;
    input.overlap = prediction->overlap;
    gf_criteria_grade(&input, candidate->label, rows);
}

/* The errors of the candidates that are here. They are found before the advice can be reviewed, so
 * that none of its own is among them. */
static gf_status find_past_errors(gf_advice *advice, gf_error *error) {
    const gf_candidates *candidates = advice->candidates;
    const char **labels = calloc(candidates->count + 1, sizeof *labels);
    size_t count = 0;
    if (labels == NULL)
        return gf_error_no_memory(error, "labels", candidates->count * sizeof *labels);
    for (size_t i = 0; i < candidates->count; i++) {
        if (candidates->items[i].device != NULL)
            labels[count++] = candidates->items[i].label;
    }
    char key[GF_WORKLOAD_KEY];
    gf_workload_key(advice->comparison->problem->workload, key);
    advice->past = gf_prediction_log_errors(advice->log, key, labels, count);
    free(labels);
    return GF_OK;
}

static gf_status open_log(gf_advice *advice, gf_error *error) {
    const gf_candidates *candidates = advice->candidates;
    for (size_t i = 0; i < candidates->count; i++) {
        const gf_candidate *item = &candidates->items[i];
        if (item->device == NULL || item->profile == NULL)
            continue;
        const gf_status status =
            gf_prediction_log_load(item->profile->machine, &advice->log, error);
        return status == GF_OK ? find_past_errors(advice, error) : status;
    }
    return GF_OK;
}

static gf_status grade_all(gf_advice *advice, gf_error *error) {
    const gf_candidates *candidates = advice->candidates;
    advice->criteria = calloc(candidates->count * GF_CRITERION_COUNT + 1, sizeof *advice->criteria);
    if (advice->criteria == NULL)
        return gf_error_no_memory(error, "the checklist", candidates->count * GF_CRITERION_COUNT);
    for (size_t i = 0; i < candidates->count; i++)
        gf_advice_grade(advice->comparison->problem, &advice->estimate, &candidates->items[i],
                        &advice->criteria[i * GF_CRITERION_COUNT]);
    return GF_OK;
}

/* `seconds`: to measure in; NULL: nothing is measured. */
static gf_status fill_advice(gf_advice *advice, const double *seconds, gf_error *error) {
    const gf_comparison *comparison = advice->comparison;
    const gf_problem *problem = comparison->problem;
    const gf_context context = {comparison->session, &comparison->options};
    advice->estimate = gf_estimate_of(problem);
    if (seconds != NULL) {
        const gf_status measured = gf_advice_measure(&context, problem, &advice->estimate, *seconds,
                                                     advice->candidates, &advice->measured, error);
        if (measured != GF_OK)
            return measured;
    }
    gf_estimate_lane_groups(&advice->estimate);
    gf_candidates_predict(advice->candidates, problem, &advice->estimate);
    advice->verdict = gf_advice_judge(advice->candidates, NULL);
    gf_status status = grade_all(advice, error);
    if (status == GF_OK)
        status = open_log(advice, error);
    if (status == GF_OK)
        status = gf_flips_find(advice->candidates, problem, comparison->options.cancel,
                               &advice->flips, error);
    if (status == GF_OK)
        status = gf_advice_count_known(problem, advice->candidates, &advice->measured, error);
    return status;
}

static gf_status make_advice(const gf_comparison *comparison, gf_candidates *candidates,
                             const double *seconds, gf_advice **advice, gf_error *error) {
    gf_advice *made = calloc(1, sizeof *made);
    if (made == NULL) {
        gf_candidates_destroy(candidates);
        return gf_error_no_memory(error, "advice", sizeof *made);
    }
    made->comparison = comparison;
    made->candidates = candidates;
    made->log_saved = true;
    const gf_status status = fill_advice(made, seconds, error);
    if (status == GF_OK)
        *advice = made;
    else
        gf_advice_destroy(made);
    return status;
}

gf_status gf_advice_of(const gf_comparison *comparison, gf_candidates *candidates,
                       gf_advice **advice, gf_error *error) {
    return make_advice(comparison, candidates, NULL, advice, error);
}

gf_status gf_advice_create(gf_comparison *comparison, const gf_target_list *targets,
                           const char *device_model, gf_advice **advice, gf_error *error) {
    GF_ENTER(error);
    gf_candidates *candidates = NULL;
    const gf_context context = {comparison->session, &comparison->options};
    const gf_status status = gf_candidates_create(&context, comparison->problem->params, targets,
                                                  device_model, &candidates, error);
    return status == GF_OK ? gf_advice_of(comparison, candidates, advice, error) : status;
}

gf_status gf_advice_create_within(gf_comparison *comparison, const gf_target_list *targets,
                                  const char *device_model, double seconds, gf_advice **advice,
                                  gf_error *error) {
    GF_ENTER(error);
    gf_candidates *candidates = NULL;
    gf_missing missing;
    const gf_params *params = comparison->problem->params;
    const gf_context context = {comparison->session, &comparison->options};
    gf_status status =
        gf_candidates_load(&context, params, targets, device_model, &candidates, error);
    if (status == GF_OK)
        status = gf_candidates_find_missing(&context, params, targets, &missing, error);
    if (status != GF_OK) {
        gf_candidates_destroy(candidates);
        return status;
    }
    missing.most_s = seconds > 0 ? seconds : 0;
    missing.limited = true;
    gf_candidates_announce(&context, &missing);
    return make_advice(comparison, candidates, &seconds, advice, error);
}

gf_status gf_advice_permute(gf_advice *advice, const gf_target_list *targets, gf_error *error) {
    GF_ENTER(error);
    const gf_comparison *comparison = advice->comparison;
    const gf_context context = {comparison->session, &comparison->options};
    gf_divergence *measured = NULL;
    const gf_status status =
        gf_divergence_measure(&context, comparison->problem->params, targets, &measured, error);
    if (status != GF_OK)
        return status;
    gf_divergence_destroy(advice->divergence);
    advice->divergence = measured;
    return GF_OK;
}

gf_status gf_advice_permute_status(const gf_advice *advice, gf_error *error) {
    GF_ENTER(error);
    return gf_divergence_status(advice->divergence, error);
}

void gf_advice_destroy(gf_advice *advice) {
    if (advice == NULL)
        return;
    gf_candidates_destroy(advice->candidates);
    gf_prediction_log_destroy(advice->log);
    if (advice->review != NULL)
        free(advice->review->results);
    free(advice->review);
    free(advice->criteria);
    gf_divergence_destroy(advice->divergence);
    gf_bound_set_destroy(advice->bounds);
    free(advice);
}
