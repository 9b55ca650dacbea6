#include "predict/candidates_create.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "calibrate/calibrate.h"
#include "calibrate/profile_file.h"
#include "calibrate/profile_store.h"
#include "model/model_list.h"
#include "predict/cases.h"
#include "problem/params.h"

static gf_profile *profile_of(const gf_candidates *candidates, const gf_device *device) {
    for (size_t i = 0; i < candidates->count; i++) {
        if (candidates->items[i].device == device && candidates->items[i].profile != NULL)
            return candidates->items[i].profile;
    }
    return NULL;
}

/* What candidates are made with. */
typedef struct making {
    gf_candidates *candidates;
    const gf_context *context;
    const gf_params *params;
    bool measures; /* what is missing; else profiles are only loaded */
} making;

static gf_status load_profile(const making *m, gf_device *device, gf_profile **profile, char *why,
                              size_t size, gf_error *error) {
    if (m->measures)
        return gf_profile_load_or_measure(m->context, device, profile, why, size, error);
    const uint32_t threads = m->context->session->options.thread_count;
    const gf_status status = gf_profile_create(&device->info, threads, profile, error);
    if (status == GF_OK)
        (void)gf_profile_load(*profile, why, size);
    return status;
}

static gf_status take_profile(const making *m, gf_device *device, gf_profile **profile,
                              gf_error *error) {
    gf_candidates *candidates = m->candidates;
    *profile = profile_of(candidates, device);
    if (*profile != NULL)
        return GF_OK;
    char why[GF_ERROR_TEXT] = "";
    gf_status status = gf_candidates_reserve_profile(candidates, error);
    if (status == GF_OK)
        status = load_profile(m, device, profile, why, sizeof why, error);
    if (status != GF_OK)
        return status;
    candidates->profiles[candidates->profile_count++] = *profile;
    return why[0] == '\0' ? GF_OK
                          : gf_notes_add(&candidates->notes, error, "%s; measured again", why);
}

/* Measures the missing cases and saves them, after an interruption those that were measured. */
static gf_status add_cases(const making *m, const gf_target *target, gf_profile *profile,
                           gf_error *error) {
    const char *variant = target->variant;
    if (gf_profile_missing_cases(profile, target->device, variant, m->params) == 0)
        return GF_OK;
    const gf_status status =
        gf_profile_measure_cases(m->context, target->device, variant, m->params, profile, error);
    if (gf_profile_save(profile) || status != GF_OK)
        return status;
    return gf_notes_add(&m->candidates->notes, error,
                        "the profile of %s could not be saved; the next prediction measures again",
                        target->device->info.id);
}

static gf_candidate candidate_of(const gf_target *target) {
    const gf_device_info *info = &target->device->info;
    gf_candidate item = {.device = target->device, .device_class = info->device_class};
    snprintf(item.variant, sizeof item.variant, "%s", target->variant);
    snprintf(item.label, sizeof item.label, "%s:%s", info->id, target->variant);
    snprintf(item.name, sizeof item.name, "%s", info->name);
    snprintf(item.why, sizeof item.why, "%s", target->why);
    item.is_baseline =
        info->baseline_variant != NULL && strcmp(info->baseline_variant, target->variant) == 0;
    return item;
}

/* A device that fails does not prevent the predictions of the others. */
static gf_status add_target(const making *m, const gf_target *target, gf_error *error) {
    gf_candidate item = candidate_of(target);
    gf_status status = take_profile(m, target->device, &item.profile, error);
    if (status == GF_OK && m->measures)
        status = add_cases(m, target, item.profile, error);
    if (status == GF_INTERRUPTED)
        return status;
    if (status != GF_OK)
        snprintf(item.failure, sizeof item.failure, "%.*s", (int)sizeof item.failure - 1,
                 error->text);
    gf_error_clear(error);
    return gf_candidates_add(m->candidates, &item, error);
}

/* `counted`: the device itself was counted with another of its variants. */
static gf_status add_missing(const gf_session *session, const gf_target *target, bool counted,
                             const gf_params *params, gf_missing *missing, gf_error *error) {
    gf_profile *stored = NULL;
    const gf_status status =
        gf_profile_create(&target->device->info, session->options.thread_count, &stored, error);
    if (status != GF_OK)
        return status;
    const bool loaded = gf_profile_load(stored, NULL, 0) == GF_PROFILE_LOADED;
    if ((!loaded || gf_profile_is_partial(stored)) && !counted) {
        missing->devices++;
        missing->seconds += gf_calibrate_seconds(target->device);
    }
    const size_t cases = gf_profile_missing_cases(stored, target->device, target->variant, params);
    missing->cases += cases;
    missing->seconds += gf_cases_seconds(target->device, cases);
    gf_profile_destroy(stored);
    return GF_OK;
}

gf_status gf_candidates_find_missing(const gf_context *context, const gf_params *params,
                                     const gf_target_list *targets, gf_missing *missing,
                                     gf_error *error) {
    gf_status status = GF_OK;
    *missing = (gf_missing){.devices = 0};
    for (size_t i = 0; status == GF_OK && i < targets->count; i++) {
        const gf_target *target = &targets->targets[i];
        bool counted = false;
        for (size_t k = 0; k < i; k++)
            counted = counted || targets->targets[k].device == target->device;
        status = add_missing(context->session, target, counted, params, missing, error);
    }
    missing->seconds *= gf_contention_slowdown(context->session->read_contention);
    return status;
}

void gf_candidates_announce(const gf_context *context, const gf_missing *missing) {
    const gf_run_options *options = context->options;
    if (options->announce == NULL || missing->seconds <= 0)
        return;
    const locale_t own_locale = gf_callback_begin();
    options->announce(missing, options->announce_context);
    gf_callback_end(own_locale);
}

static gf_status announce_missing(const making *m, const gf_target_list *targets, gf_error *error) {
    gf_missing missing;
    if (!m->measures || m->context->options->announce == NULL)
        return GF_OK;
    const gf_status status =
        gf_candidates_find_missing(m->context, m->params, targets, &missing, error);
    if (status == GF_OK)
        gf_candidates_announce(m->context, &missing);
    return status;
}

/* Whether a candidate measured on this machine is of the profile's device. */
static bool is_measured_here(const gf_candidates *candidates, const gf_profile *profile) {
    for (size_t i = 0; i < candidates->count; i++) {
        const gf_candidate *item = &candidates->items[i];
        if (item->device != NULL && item->profile != NULL &&
            gf_profile_same_device(item->profile, profile))
            return true;
    }
    return false;
}

static bool is_variant(const gf_session *session, const gf_workload *workload,
                       const char *variant) {
    for (size_t i = 0; i < session->backend_count; i++) {
        const gf_backend *backend = session->backends[i];
        if (backend->knows_variant != NULL && backend->knows_variant(workload, variant))
            return true;
    }
    return false;
}

/* Notes each variant with cases of the workload that this build has no kernel for. */
static gf_status note_unknown_variants(gf_candidates *candidates, const gf_session *session,
                                       const gf_params *params, const gf_profile *profile,
                                       gf_error *error) {
    const gf_workload *workload = gf_params_workload(params);
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < profile->case_count; i++) {
        const gf_case *measured = &profile->cases[i];
        if (!gf_case_is_like(measured, params) || is_variant(session, workload, measured->variant))
            continue;
        status = gf_notes_add(&candidates->notes, error,
                              "%s of the device model has cases of %s in the variant '%s', which "
                              "this build lacks: it is predicted, and can't be run with this build",
                              profile->device_id, workload->name, measured->variant);
    }
    return status;
}

/* Cases of another version may be defined otherwise: as stale as a stored profile would be. */
gf_status gf_profiles_check_versions(gf_profile *const *models, size_t count, gf_error *error) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(models[i]->version, gf_version()) != 0)
            return gf_error_set(error, GF_USAGE,
                                "the profile of %s is stale: it is of gpufare %s, and this is %s; "
                                "calibrate that machine with this version",
                                models[i]->device_id, models[i]->version, gf_version());
    }
    return GF_OK;
}

/* Takes over the profile; after an error it is still the caller's. */
static gf_status add_model(gf_candidates *candidates, const gf_session *session,
                           const gf_params *params, gf_profile *profile, gf_error *error) {
    if (!is_measured_here(candidates, profile)) {
        const gf_status noted = note_unknown_variants(candidates, session, params, profile, error);
        return noted == GF_OK
                   ? gf_candidates_add_model(candidates, params, profile, "device model", error)
                   : noted;
    }
    const gf_status status =
        gf_notes_add(&candidates->notes, error,
                     "%s of the device model is this machine's own device: its measurements here "
                     "are used, and those of the file left out",
                     profile->device_id);
    if (status == GF_OK)
        gf_profile_destroy(profile);
    return status;
}

static void destroy_models(gf_profile **models, size_t first, size_t count) {
    for (size_t i = first; i < count; i++)
        gf_profile_destroy(models[i]);
    free(models);
}

/* Appends the profiles of a file. */
static gf_status read_file(const char *path, gf_profile ***models, size_t *count, gf_error *error) {
    gf_profile **read = NULL;
    size_t read_count = 0, taken = 0;
    gf_status status = gf_profiles_read(path, &read, &read_count, error);
    while (status == GF_OK && taken < read_count) {
        status = gf_array_grow(models, *count, sizeof(gf_profile *), error);
        if (status == GF_OK)
            (*models)[(*count)++] = read[taken++];
    }
    destroy_models(read, taken, read_count);
    return status;
}

/* The profiles of all files in the list. Models from data sheets are only tried: who bounds times
 * on them reads them. */
static gf_status read_models(const char *list, gf_profile ***models, size_t *count,
                             gf_error *error) {
    gf_model_items items = {0};
    gf_models *sheets = NULL;
    gf_status status = gf_model_items_create(list, &items, error);
    for (size_t i = 0; status == GF_OK && i < items.count; i++) {
        if (!items.items[i].is_sheet)
            status = read_file(items.items[i].text, models, count, error);
    }
    if (status == GF_OK)
        status = gf_models_of_items(&items, &sheets, error);
    gf_models_destroy(sheets);
    gf_model_items_clear(&items);
    return status == GF_OK ? gf_profiles_check_versions(*models, *count, error) : status;
}

static gf_status make_candidates(const gf_context *context, const gf_params *params,
                                 const gf_target_list *targets, const char *device_model,
                                 bool measures, gf_candidates **candidates, gf_error *error) {
    gf_profile **models = NULL;
    size_t model_count = 0, taken = 0;
    /* The file first, so that its errors come before anything is measured. */
    if (device_model != NULL) {
        const gf_status status = read_models(device_model, &models, &model_count, error);
        if (status != GF_OK) {
            destroy_models(models, 0, model_count);
            return gf_error_set_parameter(error, status, "device-model", ": %s", error->text);
        }
    }
    gf_candidates *made = calloc(1, sizeof *made);
    const making m = {made, context, params, measures};
    gf_status status = made == NULL ? gf_error_no_memory(error, "candidates", sizeof *made) : GF_OK;
    for (size_t i = 0; status == GF_OK && i < targets->count; i++)
        status = gf_device_check_single(targets->targets[i].device, error);
    if (status == GF_OK)
        status = announce_missing(&m, targets, error);
    for (size_t i = 0; status == GF_OK && i < targets->count; i++)
        status = add_target(&m, &targets->targets[i], error);
    while (status == GF_OK && taken < model_count) {
        status = add_model(made, context->session, params, models[taken], error);
        taken += status == GF_OK;
    }
    destroy_models(models, taken, model_count);
    if (status == GF_OK)
        *candidates = made;
    else
        gf_candidates_destroy(made);
    return status;
}

gf_status gf_candidates_create(const gf_context *context, const gf_params *params,
                               const gf_target_list *targets, const char *device_model,
                               gf_candidates **candidates, gf_error *error) {
    return make_candidates(context, params, targets, device_model, true, candidates, error);
}

gf_status gf_candidates_load(const gf_context *context, const gf_params *params,
                             const gf_target_list *targets, const char *device_model,
                             gf_candidates **candidates, gf_error *error) {
    return make_candidates(context, params, targets, device_model, false, candidates, error);
}
