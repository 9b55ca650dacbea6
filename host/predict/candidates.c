#include "predict/candidates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "device/targets/extended.h"
#include "predict/cases.h"
#include "predict/predict_visits.h"
#include "problem/params.h"
#include "problem/problem.h"

void gf_candidates_destroy(gf_candidates *candidates) {
    if (candidates == NULL)
        return;
    for (size_t i = 0; i < candidates->profile_count; i++)
        gf_profile_destroy(candidates->profiles[i]);
    gf_notes_clear(&candidates->notes);
    free(candidates->profiles);
    free(candidates->items);
    free(candidates);
}

gf_status gf_candidates_add(gf_candidates *candidates, const gf_candidate *item, gf_error *error) {
    const gf_status status =
        gf_array_grow(&candidates->items, candidates->count, sizeof *candidates->items, error);
    if (status == GF_OK)
        candidates->items[candidates->count++] = *item;
    return status;
}

gf_status gf_candidates_reserve_profile(gf_candidates *candidates, gf_error *error) {
    return gf_array_grow(&candidates->profiles, candidates->profile_count,
                         sizeof *candidates->profiles, error);
}

static bool has_variant(const gf_candidates *candidates, const gf_profile *profile,
                        const char *variant) {
    for (size_t i = 0; i < candidates->count; i++) {
        if (candidates->items[i].profile == profile &&
            strcmp(candidates->items[i].variant, variant) == 0)
            return true;
    }
    return false;
}

static bool has_label(const gf_candidates *candidates, const char *label) {
    for (size_t i = 0; i < candidates->count; i++) {
        if (strcmp(candidates->items[i].label, label) == 0)
            return true;
    }
    return false;
}

/* Labels are unique, because reports and sweeps identify candidates by them, but two machines may
 * each have a device 0:0: the second becomes "model 0:0:vector (2)". */
static void label_model(const gf_candidates *candidates, gf_candidate *item) {
    const char *variant = item->variant;
    snprintf(item->label, sizeof item->label, "model %s%s%s", item->profile->device_id,
             variant[0] == '\0' ? "" : ":", variant);
    const size_t length = strlen(item->label);
    for (size_t number = 2; has_label(candidates, item->label); number++)
        snprintf(item->label + length, sizeof item->label - length, " (%zu)", number);
}

static gf_status add_model_item(gf_candidates *candidates, gf_profile *profile, const char *variant,
                                const char *why, gf_error *error) {
    gf_candidate item = {.profile = profile, .device_class = profile->device_class};
    snprintf(item.variant, sizeof item.variant, "%s", variant);
    label_model(candidates, &item);
    snprintf(item.name, sizeof item.name, "%s", profile->device_name);
    snprintf(item.why, sizeof item.why, "%s", why);
    return gf_candidates_add(candidates, &item, error);
}

gf_status gf_candidates_add_model(gf_candidates *candidates, const gf_params *params,
                                  gf_profile *profile, const char *why, gf_error *error) {
    const size_t before = candidates->count;
    gf_status status = gf_candidates_reserve_profile(candidates, error);
    for (size_t i = 0; status == GF_OK && i < profile->case_count; i++) {
        const char *variant = profile->cases[i].variant;
        if (gf_case_is_like(&profile->cases[i], params) &&
            !has_variant(candidates, profile, variant))
            status = add_model_item(candidates, profile, variant, why, error);
    }
    if (status == GF_OK && candidates->count == before)
        status = add_model_item(candidates, profile, "", why, error);
    if (status != GF_OK) {
        candidates->count = before;
        return status;
    }
    gf_candidate *first = &candidates->items[before];
    if (first->variant[0] == '\0')
        snprintf(first->failure, sizeof first->failure,
                 "its profile has no %s cases of %s; calibrate that machine again",
                 gf_precision_name(gf_params_precision(params)), gf_params_workload(params)->name);
    candidates->profiles[candidates->profile_count++] = profile;
    return GF_OK;
}

/* 0: not known. */
static uint64_t lesser_limit(uint64_t a, uint64_t b) {
    if (a == 0 || b == 0)
        return a + b;
    return a < b ? a : b;
}

/* What the device has now may be less than when it was measured. */
gf_memory_limits gf_candidate_limits(const gf_candidate *item) {
    gf_memory_limits limits = {0, 0};
    if (item->device != NULL)
        limits = gf_device_limits(item->device);
    if (item->profile == NULL)
        return limits;
    return (gf_memory_limits){lesser_limit(limits.total, item->profile->global_memory_bytes),
                              lesser_limit(limits.one_buffer, item->profile->max_alloc_bytes)};
}

static void predict_one(const gf_candidate *item, const gf_problem *problem, gf_estimate *estimate,
                        gf_prediction *prediction) {
    if (item->failure[0] == '\0') {
        const gf_memory_limits limits = gf_candidate_limits(item);
        gf_predict_within(item->profile, &limits, item->variant, problem, estimate, prediction);
        return;
    }
    memset(prediction, 0, sizeof *prediction);
    snprintf(prediction->why_not, sizeof prediction->why_not, "%s", item->failure);
}

void gf_candidates_predict(gf_candidates *candidates, const gf_problem *problem,
                           gf_estimate *estimate) {
    for (size_t i = 0; i < candidates->count; i++)
        predict_one(&candidates->items[i], problem, estimate, &candidates->items[i].prediction);
}

gf_status gf_candidates_predict_values(const gf_candidates *candidates, const gf_params *params,
                                       gf_prediction *predictions, gf_error *error) {
    gf_problem *problem = NULL;
    const gf_status status = gf_problem_create(params, &problem, error);
    if (status != GF_OK)
        return status;
    gf_estimate estimate = gf_estimate_of(problem);
    for (size_t i = 0; i < candidates->count; i++)
        predict_one(&candidates->items[i], problem, &estimate, &predictions[i]);
    gf_problem_destroy(problem);
    return GF_OK;
}

static bool has_disturbed_cases(const gf_candidate *item, const gf_params *params) {
    for (size_t i = 0; item->profile != NULL && i < item->profile->case_count; i++) {
        const gf_case *measured = &item->profile->cases[i];
        if (measured->disturbed && gf_case_is_like(measured, params) &&
            strcmp(measured->variant, item->variant) == 0)
            return true;
    }
    return false;
}

/* The launch and the transfers are a part of every prediction; ceilings are none. */
static bool has_disturbed_parts(const gf_candidate *item) {
    return item->profile != NULL &&
           (item->profile->disturbed.launch || item->profile->disturbed.transfers);
}

bool gf_candidate_speedup(const gf_candidates *candidates, size_t index, size_t baseline,
                          gf_interval *ratio) {
    const gf_prediction *prediction = &candidates->items[index].prediction;
    if (!prediction->possible || baseline >= candidates->count)
        return false;
    if (index == baseline)
        *ratio = (gf_interval){.value = 1, .low = NAN, .high = NAN};
    else
        *ratio = gf_predict_speedup(prediction, &candidates->items[baseline].prediction);
    return true;
}

bool gf_candidate_is_disturbed(const gf_candidate *item, const gf_params *params) {
    return has_disturbed_cases(item, params) || has_disturbed_parts(item);
}

static const char *what_was_disturbed(const gf_candidates *candidates, const gf_params *params) {
    bool cases = false, parts = false;
    for (size_t i = 0; i < candidates->count; i++) {
        cases = cases || has_disturbed_cases(&candidates->items[i], params);
        parts = parts || has_disturbed_parts(&candidates->items[i]);
    }
    if (!parts)
        return "cases";
    return cases ? "cases, launches or transfers" : "launches or transfers";
}

/* What to do about what was disturbed; a model can't be measured here. NULL: there are none. */
static const char *remedy(const gf_candidates *candidates, const gf_params *params) {
    bool measured_here = false, modelled = false;
    for (size_t i = 0; i < candidates->count; i++) {
        const bool disturbed = gf_candidate_is_disturbed(&candidates->items[i], params);
        measured_here = measured_here || (disturbed && candidates->items[i].device != NULL);
        modelled = modelled || (disturbed && candidates->items[i].device == NULL);
    }
    if (measured_here)
        return modelled ? "quit them and calibrate again, a model on its own machine"
                        : "quit them and calibrate again";
    return modelled ? "calibrate the model's machine again while it is quiet" : NULL;
}

bool gf_candidates_caution(const gf_candidates *candidates, const gf_params *params, char *text,
                           size_t size) {
    char end[128];
    const char *advice = remedy(candidates, params);
    text[0] = '\0';
    if (advice == NULL)
        return false;
    const size_t end_size = (size_t)snprintf(end, sizeof end, " were measured; %s", advice);
    gf_text labels = gf_text_in(text, size - end_size);
    for (size_t i = 0; i < candidates->count; i++) {
        if (!gf_candidate_is_disturbed(&candidates->items[i], params))
            continue;
        if (labels.used == 0)
            gf_text_add(&labels, "doubtful: other programs took cores while %s of %s",
                        what_was_disturbed(candidates, params), candidates->items[i].label);
        else
            gf_text_add(&labels, ", %s", candidates->items[i].label);
    }
    snprintf(text + strlen(text), size - strlen(text), "%s", end);
    return true;
}
