#include "predict/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "calibrate/calibrate.h"
#include "calibrate/profile_file.h"
#include "predict/cases.h"
#include "problem/params.h"
#include "problem/problem.h"

/* ---- Making ------------------------------------------------------------ */

gf_status gf_candidates_create_empty(gf_candidates **candidates, gf_error *error) {
    gf_candidates *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "contenders", sizeof *made);
    *candidates = made;
    return GF_OK;
}

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

static gf_status add_item(gf_candidates *candidates, const gf_candidate *item, gf_error *error) {
    const gf_status status =
        gf_array_grow(&candidates->items, candidates->count, sizeof *candidates->items, error);
    if (status == GF_OK)
        candidates->items[candidates->count++] = *item;
    return status;
}

/* Room first, so that a profile that was obtained has a place. */
static gf_status reserve_profile(gf_candidates *candidates, gf_error *error) {
    return gf_array_grow(&candidates->profiles, candidates->profile_count,
                         sizeof *candidates->profiles, error);
}

/* ---- Devices that are here --------------------------------------------- */

static gf_profile *profile_of(const gf_candidates *candidates, const gf_device *device) {
    for (size_t i = 0; i < candidates->count; i++) {
        if (candidates->items[i].device == device && candidates->items[i].profile != NULL)
            return candidates->items[i].profile;
    }
    return NULL;
}

static gf_status obtain(gf_candidates *candidates, gf_session *session, gf_device *device,
                        const gf_run_options *options, gf_profile **profile, gf_error *error) {
    *profile = profile_of(candidates, device);
    if (*profile != NULL)
        return GF_OK;
    gf_profile_state state = GF_PROFILE_NONE;
    char why[GF_ERROR_TEXT] = "";
    gf_status status = reserve_profile(candidates, error);
    if (status == GF_OK)
        status = gf_profile_load_or_measure(session, device, options, profile, &state, why,
                                            sizeof why, error);
    if (status != GF_OK)
        return status;
    candidates->profiles[candidates->profile_count++] = *profile;
    return why[0] == '\0' ? GF_OK
                          : gf_notes_add(&candidates->notes, error, "%s; measured anew", why);
}

/* Measures what is missing and keeps it, also the part of it that an interruption left. */
static gf_status cover(gf_candidates *candidates, gf_session *session, const gf_target *target,
                       const gf_params *params, const gf_run_options *options, gf_profile *profile,
                       gf_error *error) {
    if (gf_profile_missing(profile, target->variant, params) == 0)
        return GF_OK;
    const gf_status status = gf_profile_measure_cases(profile, session, target->device,
                                                      target->variant, params, options, error);
    if (gf_profile_save(profile) || status != GF_OK)
        return status;
    return gf_notes_add(&candidates->notes, error,
                        "the profile of %s could not be kept; the next prediction measures it anew",
                        target->device->info.id);
}

static void name_item(gf_candidate *item, const gf_target *target) {
    const gf_device_info *info = &target->device->info;
    *item = (gf_candidate){.device = target->device, .device_class = info->device_class};
    snprintf(item->variant, sizeof item->variant, "%s", target->variant);
    snprintf(item->label, sizeof item->label, "%s:%s", info->id, target->variant);
    snprintf(item->name, sizeof item->name, "%s", info->name);
    snprintf(item->why, sizeof item->why, "%s", target->why);
    item->is_baseline =
        info->baseline_variant != NULL && strcmp(info->baseline_variant, target->variant) == 0;
}

/* A device that fails is told of; it does not cost the others their prediction. */
static gf_status add_choice(gf_candidates *candidates, gf_session *session, const gf_target *target,
                            const gf_params *params, const gf_run_options *options,
                            gf_error *error) {
    gf_candidate item;
    name_item(&item, target);
    gf_error own = GF_ERROR_INIT;
    gf_status status = obtain(candidates, session, target->device, options, &item.profile, &own);
    if (status == GF_OK)
        status = cover(candidates, session, target, params, options, item.profile, &own);
    if (status == GF_INTERRUPTED)
        gf_error_set(error, status, "%s", own.text);
    else if (status != GF_OK)
        snprintf(item.failure, sizeof item.failure, "%.*s", (int)sizeof item.failure - 1, own.text);
    gf_error_clear(&own);
    return status == GF_INTERRUPTED ? status : add_item(candidates, &item, error);
}

/* ---- What that takes --------------------------------------------------- */

/* `again`: the device was counted with another of its variants. */
static gf_status add_missing(const gf_session *session, const gf_target *target, bool again,
                             const gf_params *params, gf_missing *missing, gf_error *error) {
    gf_profile *kept = NULL;
    const gf_status status =
        gf_profile_create(&target->device->info, session->options.thread_count, &kept, error);
    if (status != GF_OK)
        return status;
    if (gf_profile_load(kept, NULL, 0) != GF_PROFILE_LOADED && !again) {
        missing->devices++;
        missing->seconds += gf_calibrate_seconds(target->device);
    }
    const size_t cases = gf_profile_missing(kept, target->variant, params);
    missing->cases += cases;
    missing->seconds += gf_cases_seconds(target->device, cases);
    gf_profile_destroy(kept);
    return GF_OK;
}

/* Tells what is not kept, if anything. */
static gf_status announce(const gf_session *session, const gf_params *params,
                          const gf_target_list *targets, const gf_run_options *options,
                          gf_error *error) {
    gf_status status = GF_OK;
    gf_missing missing = {.devices = 0};
    if (options->announce == NULL)
        return GF_OK;
    for (size_t i = 0; status == GF_OK && i < targets->count; i++) {
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again = again || targets->targets[k].device == targets->targets[i].device;
        status = add_missing(session, &targets->targets[i], again, params, &missing, error);
    }
    if (status == GF_OK && missing.seconds > 0)
        options->announce(&missing, options->announce_context);
    return status;
}

/* ---- Devices that are not here ----------------------------------------- */

/* Whether the values ask for kernels like that of a point. */
static bool is_asked_for(const gf_case *point, const gf_params *params) {
    return strcmp(point->workload, gf_params_workload(params)->name) == 0 &&
           point->precision == gf_params_precision(params) && point->math == gf_params_math(params);
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

/* Two machines may each have a 0:0, and reports and sweeps tell candidates apart by their labels:
 * the second of a label is "model 0:0:vector (2)". */
static void name_model(const gf_candidates *candidates, gf_candidate *item) {
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
    name_model(candidates, &item);
    snprintf(item.name, sizeof item.name, "%s", profile->device_name);
    snprintf(item.why, sizeof item.why, "%s", why);
    return add_item(candidates, &item, error);
}

gf_status gf_candidates_add_model(gf_candidates *candidates, const gf_params *params,
                                  gf_profile *profile, const char *why, gf_error *error) {
    const size_t before = candidates->count;
    gf_status status = reserve_profile(candidates, error);
    for (size_t i = 0; status == GF_OK && i < profile->case_count; i++) {
        const gf_case *point = &profile->cases[i];
        if (is_asked_for(point, params) && !has_variant(candidates, profile, point->variant))
            status = add_model_item(candidates, profile, point->variant, why, error);
    }
    if (status == GF_OK && candidates->count == before)
        status = add_model_item(candidates, profile, "", why, error);
    if (status != GF_OK) {
        candidates->count = before;
        return status;
    }
    if (candidates->items[before].variant[0] == '\0')
        snprintf(
            candidates->items[before].failure, sizeof candidates->items[before].failure,
            "its profile has no %s cases of %s; run `gpufare calibrate --json FILE` there again",
            gf_precision_name(gf_params_precision(params)), gf_params_workload(params)->name);
    candidates->profiles[candidates->profile_count++] = profile;
    return GF_OK;
}

/* ---- Both -------------------------------------------------------------- */

/* A device that takes part as it was measured here does not take part as a model, too. */
static bool is_here(const gf_candidates *candidates, const gf_profile *profile) {
    for (size_t i = 0; i < candidates->count; i++) {
        const gf_candidate *item = &candidates->items[i];
        if (item->device != NULL && item->profile != NULL &&
            gf_profile_same_device(item->profile, profile))
            return true;
    }
    return false;
}

/* The profile goes over to the candidates; on failure it stays the caller's. */
static gf_status add_read(gf_candidates *candidates, const gf_params *params, gf_profile *profile,
                          gf_error *error) {
    if (!is_here(candidates, profile))
        return gf_candidates_add_model(candidates, params, profile, "--device-model", error);
    const gf_status status =
        gf_notes_add(&candidates->notes, error,
                     "%s of --device-model is this machine's own device and takes part as it was "
                     "measured here; what the file says of it is left out",
                     profile->device_id);
    if (status == GF_OK)
        gf_profile_destroy(profile);
    return status;
}

static gf_status fill(gf_candidates *candidates, gf_session *session, const gf_params *params,
                      const gf_target_list *targets, const gf_run_options *options,
                      gf_error *error) {
    gf_status status = announce(session, params, targets, options, error);
    for (size_t i = 0; status == GF_OK && i < targets->count; i++)
        status = add_choice(candidates, session, &targets->targets[i], params, options, error);
    return status;
}

static gf_status read_models(const char *path, gf_profile ***profiles, size_t *count,
                             gf_error *error) {
    gf_error trouble = GF_ERROR_INIT;
    gf_status status = GF_OK;
    if (path != NULL)
        status = gf_profiles_read(path, profiles, count, &trouble);
    if (status != GF_OK)
        gf_error_set(error, status, "--device-model: %s", trouble.text);
    gf_error_clear(&trouble);
    return status;
}

gf_status gf_candidates_create(gf_session *session, const gf_params *params,
                               const gf_target_list *targets, const char *device_model,
                               const gf_run_options *options, gf_candidates **candidates,
                               gf_error *error) {
    gf_candidates *made = NULL;
    gf_profile **models = NULL;
    size_t count = 0, taken = 0;
    /* The file first: what is wrong with it comes out before anything is measured. */
    gf_status status = read_models(device_model, &models, &count, error);
    if (status == GF_OK)
        status = gf_candidates_create_empty(&made, error);
    if (status == GF_OK)
        status = fill(made, session, params, targets, options, error);
    while (status == GF_OK && taken < count) {
        status = add_read(made, params, models[taken], error);
        taken += status == GF_OK;
    }
    for (size_t i = taken; i < count; i++)
        gf_profile_destroy(models[i]);
    free(models);
    if (status == GF_OK)
        *candidates = made;
    else
        gf_candidates_destroy(made);
    return status;
}

/* ---- Predicting -------------------------------------------------------- */

static void predict_one(const gf_candidate *item, const gf_problem *problem,
                        const gf_estimate *estimate, gf_prediction *prediction) {
    if (item->failure[0] == '\0') {
        gf_predict(item->profile, item->variant, problem, estimate, prediction);
        return;
    }
    memset(prediction, 0, sizeof *prediction);
    snprintf(prediction->why_not, sizeof prediction->why_not, "%s", item->failure);
}

void gf_candidates_predict(gf_candidates *candidates, const gf_problem *problem,
                           const gf_estimate *estimate) {
    for (size_t i = 0; i < candidates->count; i++)
        predict_one(&candidates->items[i], problem, estimate, &candidates->items[i].prediction);
}

gf_status gf_candidates_predict_values(const gf_candidates *candidates, const gf_params *params,
                                       gf_prediction *predictions, gf_error *error) {
    gf_problem *problem = NULL;
    gf_estimate estimate;
    gf_status status = gf_problem_create(params, &problem, error);
    if (status == GF_OK)
        status = gf_estimate_create(problem, &estimate, error);
    for (size_t i = 0; status == GF_OK && i < candidates->count; i++)
        predict_one(&candidates->items[i], problem, &estimate, &predictions[i]);
    gf_problem_destroy(problem);
    return status;
}

static bool is_disturbed(const gf_candidate *item, const gf_params *params) {
    for (size_t i = 0; item->profile != NULL && i < item->profile->case_count; i++) {
        const gf_case *point = &item->profile->cases[i];
        if (point->disturbed && is_asked_for(point, params) &&
            strcmp(point->variant, item->variant) == 0)
            return true;
    }
    return false;
}

/* A model can't be measured here. NULL: nothing is doubtful. */
static const char *cure(const gf_candidates *candidates, const gf_params *params) {
    bool here = false, modelled = false;
    for (size_t i = 0; i < candidates->count; i++) {
        const bool disturbed = is_disturbed(&candidates->items[i], params);
        here = here || (disturbed && candidates->items[i].device != NULL);
        modelled = modelled || (disturbed && candidates->items[i].device == NULL);
    }
    if (here)
        return modelled ? "quit them and run `gpufare calibrate`, for a model on its own machine"
                        : "quit them and run `gpufare calibrate`";
    return modelled ? "run `gpufare calibrate` again on the model's machine while that is quiet"
                    : NULL;
}

bool gf_candidates_caution(const gf_candidates *candidates, const gf_params *params, char *text,
                           size_t size) {
    char end[128];
    const char *advice = cure(candidates, params);
    text[0] = '\0';
    if (advice == NULL)
        return false;
    const size_t room = size - (size_t)snprintf(end, sizeof end, " were measured; %s", advice);
    size_t used = 0;
    for (size_t i = 0; i < candidates->count && used + 1 < room; i++) {
        if (is_disturbed(&candidates->items[i], params))
            used += (size_t)snprintf(
                text + used, room - used, "%s%s",
                used == 0 ? "doubtful: other programs took cores while cases of " : ", ",
                candidates->items[i].label);
    }
    snprintf(text + strlen(text), size - strlen(text), "%s", end);
    return true;
}
