#include "contenders.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"

/* ---- Making -----------------------------------------------------------------------------------
 */

gf_status gf_contenders_create_empty(gf_contenders **contenders, gf_error *error) {
    gf_contenders *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "contenders", sizeof *made);
    *contenders = made;
    return GF_OK;
}

void gf_contenders_destroy(gf_contenders *contenders) {
    if (contenders == NULL)
        return;
    for (size_t i = 0; i < contenders->profile_count; i++)
        gf_profile_destroy(contenders->profiles[i]);
    gf_notes_clear(&contenders->notes);
    free(contenders->profiles);
    free(contenders->items);
    free(contenders);
}

static gf_status add_item(gf_contenders *contenders, const gf_contender *item, gf_error *error) {
    const gf_status status =
        gf_grow(&contenders->items, contenders->count, sizeof *contenders->items, error);
    if (status == GF_OK)
        contenders->items[contenders->count++] = *item;
    return status;
}

/* Room first, so that a profile that was obtained has a place. */
static gf_status reserve_profile(gf_contenders *contenders, gf_error *error) {
    return gf_grow(&contenders->profiles, contenders->profile_count, sizeof *contenders->profiles,
                   error);
}

/* ---- Devices that are here --------------------------------------------------------------------
 */

static gf_profile *profile_of(const gf_contenders *contenders, const gf_device *device) {
    for (size_t i = 0; i < contenders->count; i++) {
        if (contenders->items[i].device == device && contenders->items[i].profile != NULL)
            return contenders->items[i].profile;
    }
    return NULL;
}

static gf_status obtain(gf_contenders *contenders, gf_session *session, gf_device *device,
                        const gf_run_options *options, gf_profile **profile, gf_error *error) {
    *profile = profile_of(contenders, device);
    if (*profile != NULL)
        return GF_OK;
    gf_profile_state state = GF_PROFILE_NONE;
    char why[GF_ERROR_TEXT] = "";
    gf_status status = reserve_profile(contenders, error);
    if (status == GF_OK)
        status =
            gf_profile_obtain(session, device, options, profile, &state, why, sizeof why, error);
    if (status != GF_OK)
        return status;
    contenders->profiles[contenders->profile_count++] = *profile;
    return why[0] == '\0' ? GF_OK
                          : gf_notes_add(&contenders->notes, error, "%s; measured anew", why);
}

/* Measures what is missing and keeps it, also the part of it that an interruption left. */
static gf_status cover(gf_contenders *contenders, gf_session *session, const gf_choice *choice,
                       const gf_values *values, const gf_run_options *options, gf_profile *profile,
                       gf_error *error) {
    if (gf_profile_missing(profile, choice->variant, values) == 0)
        return GF_OK;
    const gf_status status =
        gf_profile_cover(profile, session, choice->device, choice->variant, values, options, error);
    if (gf_profile_keep(profile) || status != GF_OK)
        return status;
    return gf_notes_add(&contenders->notes, error,
                        "the profile of %s could not be kept; the next prediction measures it anew",
                        choice->device->info.id);
}

static void name_item(gf_contender *item, const gf_choice *choice) {
    const gf_device_info *info = &choice->device->info;
    *item = (gf_contender){.device = choice->device, .device_class = info->device_class};
    snprintf(item->variant, sizeof item->variant, "%s", choice->variant);
    snprintf(item->label, sizeof item->label, "%s:%s", info->id, choice->variant);
    snprintf(item->name, sizeof item->name, "%s", info->name);
    snprintf(item->why, sizeof item->why, "%s", choice->why);
    item->is_baseline =
        info->baseline_variant != NULL && strcmp(info->baseline_variant, choice->variant) == 0;
}

/* A device that fails is told of; it does not cost the others their prediction. */
static gf_status add_choice(gf_contenders *contenders, gf_session *session, const gf_choice *choice,
                            const gf_values *values, const gf_run_options *options,
                            gf_error *error) {
    gf_contender item;
    name_item(&item, choice);
    gf_error own = GF_ERROR_INIT;
    gf_status status = obtain(contenders, session, choice->device, options, &item.profile, &own);
    if (status == GF_OK)
        status = cover(contenders, session, choice, values, options, item.profile, &own);
    if (status == GF_INTERRUPTED)
        gf_error_set(error, status, "%s", own.text);
    else if (status != GF_OK)
        snprintf(item.failure, sizeof item.failure, "%.*s", (int)sizeof item.failure - 1, own.text);
    gf_error_clear(&own);
    return status == GF_INTERRUPTED ? status : add_item(contenders, &item, error);
}

/* ---- What that takes --------------------------------------------------------------------------
 */

/* `again`: the device was counted with another of its variants. */
static gf_status add_missing(const gf_session *session, const gf_choice *choice, bool again,
                             const gf_values *values, gf_missing *missing, gf_error *error) {
    gf_profile *kept = NULL;
    const gf_status status =
        gf_profile_create(&choice->device->info, session->options.thread_count, &kept, error);
    if (status != GF_OK)
        return status;
    if (gf_profile_recall(kept, NULL, 0) != GF_PROFILE_KEPT && !again) {
        missing->devices++;
        missing->seconds += gf_calibration_seconds(choice->device);
    }
    const size_t cases = gf_profile_missing(kept, choice->variant, values);
    missing->cases += cases;
    missing->seconds += gf_cases_seconds(choice->device, cases);
    gf_profile_destroy(kept);
    return GF_OK;
}

/* Tells what is not kept, if anything. */
static gf_status announce(const gf_session *session, const gf_values *values,
                          const gf_selection *selection, const gf_run_options *options,
                          gf_error *error) {
    gf_status status = GF_OK;
    gf_missing missing = {.devices = 0};
    if (options->announce == NULL)
        return GF_OK;
    for (size_t i = 0; status == GF_OK && i < selection->count; i++) {
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again = again || selection->choices[k].device == selection->choices[i].device;
        status = add_missing(session, &selection->choices[i], again, values, &missing, error);
    }
    if (status == GF_OK && missing.seconds > 0)
        options->announce(&missing, options->announce_context);
    return status;
}

/* ---- Devices that are not here ----------------------------------------------------------------
 */

/* Whether the values ask for kernels like that of a point. */
static bool is_asked_for(const gf_point *point, const gf_values *values) {
    return strcmp(point->workload, gf_values_workload(values)->name) == 0 &&
           point->precision == gf_values_precision(values) && point->math == gf_values_math(values);
}

static bool has_variant(const gf_contenders *contenders, const gf_profile *profile,
                        const char *variant) {
    for (size_t i = 0; i < contenders->count; i++) {
        if (contenders->items[i].profile == profile &&
            strcmp(contenders->items[i].variant, variant) == 0)
            return true;
    }
    return false;
}

static bool has_label(const gf_contenders *contenders, const char *label) {
    for (size_t i = 0; i < contenders->count; i++) {
        if (strcmp(contenders->items[i].label, label) == 0)
            return true;
    }
    return false;
}

/* Two machines may each have a 0:0, and reports and sweeps tell contenders apart by their labels:
 * the second of a label is "model 0:0:vector (2)". */
static void name_model(const gf_contenders *contenders, gf_contender *item) {
    const char *variant = item->variant;
    snprintf(item->label, sizeof item->label, "model %s%s%s", item->profile->device_id,
             variant[0] == '\0' ? "" : ":", variant);
    const size_t length = strlen(item->label);
    for (size_t number = 2; has_label(contenders, item->label); number++)
        snprintf(item->label + length, sizeof item->label - length, " (%zu)", number);
}

static gf_status add_model_item(gf_contenders *contenders, gf_profile *profile, const char *variant,
                                const char *why, gf_error *error) {
    gf_contender item = {.profile = profile, .device_class = profile->device_class};
    snprintf(item.variant, sizeof item.variant, "%s", variant);
    name_model(contenders, &item);
    snprintf(item.name, sizeof item.name, "%s", profile->device_name);
    snprintf(item.why, sizeof item.why, "%s", why);
    return add_item(contenders, &item, error);
}

gf_status gf_contenders_add_model(gf_contenders *contenders, const gf_values *values,
                                  gf_profile *profile, const char *why, gf_error *error) {
    const size_t before = contenders->count;
    gf_status status = reserve_profile(contenders, error);
    for (size_t i = 0; status == GF_OK && i < profile->point_count; i++) {
        const gf_point *point = &profile->points[i];
        if (is_asked_for(point, values) && !has_variant(contenders, profile, point->variant))
            status = add_model_item(contenders, profile, point->variant, why, error);
    }
    if (status == GF_OK && contenders->count == before)
        status = add_model_item(contenders, profile, "", why, error);
    if (status != GF_OK) {
        contenders->count = before;
        return status;
    }
    if (contenders->items[before].variant[0] == '\0')
        snprintf(
            contenders->items[before].failure, sizeof contenders->items[before].failure,
            "its profile has no %s cases of %s; run `gpufare calibrate --json FILE` there again",
            gf_precision_name(gf_values_precision(values)), gf_values_workload(values)->name);
    contenders->profiles[contenders->profile_count++] = profile;
    return GF_OK;
}

/* ---- Both -------------------------------------------------------------------------------------
 */

/* A device that takes part as it was measured here does not take part as a model, too. */
static bool is_here(const gf_contenders *contenders, const gf_profile *profile) {
    for (size_t i = 0; i < contenders->count; i++) {
        const gf_contender *item = &contenders->items[i];
        if (item->device != NULL && item->profile != NULL &&
            gf_profile_same_device(item->profile, profile))
            return true;
    }
    return false;
}

/* The profile goes over to the contenders; on failure it stays the caller's. */
static gf_status add_read(gf_contenders *contenders, const gf_values *values, gf_profile *profile,
                          gf_error *error) {
    if (!is_here(contenders, profile))
        return gf_contenders_add_model(contenders, values, profile, "--device-model", error);
    const gf_status status =
        gf_notes_add(&contenders->notes, error,
                     "%s of --device-model is this machine's own device and takes part as it was "
                     "measured here; what the file says of it is left out",
                     profile->device_id);
    if (status == GF_OK)
        gf_profile_destroy(profile);
    return status;
}

static gf_status fill(gf_contenders *contenders, gf_session *session, const gf_values *values,
                      const gf_selection *selection, const gf_run_options *options,
                      gf_error *error) {
    gf_status status = announce(session, values, selection, options, error);
    for (size_t i = 0; status == GF_OK && i < selection->count; i++)
        status = add_choice(contenders, session, &selection->choices[i], values, options, error);
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

gf_status gf_contenders_create(gf_session *session, const gf_values *values,
                               const gf_selection *selection, const char *device_model,
                               const gf_run_options *options, gf_contenders **contenders,
                               gf_error *error) {
    gf_contenders *made = NULL;
    gf_profile **models = NULL;
    size_t count = 0, taken = 0;
    /* The file first: what is wrong with it comes out before anything is measured. */
    gf_status status = read_models(device_model, &models, &count, error);
    if (status == GF_OK)
        status = gf_contenders_create_empty(&made, error);
    if (status == GF_OK)
        status = fill(made, session, values, selection, options, error);
    while (status == GF_OK && taken < count) {
        status = add_read(made, values, models[taken], error);
        taken += status == GF_OK;
    }
    for (size_t i = taken; i < count; i++)
        gf_profile_destroy(models[i]);
    free(models);
    if (status == GF_OK)
        *contenders = made;
    else
        gf_contenders_destroy(made);
    return status;
}

/* ---- Predicting -------------------------------------------------------------------------------
 */

static void predict_one(const gf_contender *item, const gf_problem *problem,
                        const gf_estimate *estimate, gf_prediction *prediction) {
    if (item->failure[0] == '\0') {
        gf_predict(item->profile, item->variant, problem, estimate, prediction);
        return;
    }
    memset(prediction, 0, sizeof *prediction);
    snprintf(prediction->why_not, sizeof prediction->why_not, "%s", item->failure);
}

void gf_contenders_predict(gf_contenders *contenders, const gf_problem *problem,
                           const gf_estimate *estimate) {
    for (size_t i = 0; i < contenders->count; i++)
        predict_one(&contenders->items[i], problem, estimate, &contenders->items[i].prediction);
}

gf_status gf_contenders_predict_values(const gf_contenders *contenders, const gf_values *values,
                                       gf_prediction *predictions, gf_error *error) {
    gf_problem *problem = NULL;
    gf_estimate estimate;
    gf_status status = gf_problem_create(values, &problem, error);
    if (status == GF_OK)
        status = gf_estimate_create(problem, &estimate, error);
    for (size_t i = 0; status == GF_OK && i < contenders->count; i++)
        predict_one(&contenders->items[i], problem, &estimate, &predictions[i]);
    gf_problem_destroy(problem);
    return status;
}

static bool is_disturbed(const gf_contender *item, const gf_values *values) {
    for (size_t i = 0; item->profile != NULL && i < item->profile->point_count; i++) {
        const gf_point *point = &item->profile->points[i];
        if (point->disturbed && is_asked_for(point, values) &&
            strcmp(point->variant, item->variant) == 0)
            return true;
    }
    return false;
}

/* A model can't be measured here. NULL: nothing is doubtful. */
static const char *cure(const gf_contenders *contenders, const gf_values *values) {
    bool here = false, modelled = false;
    for (size_t i = 0; i < contenders->count; i++) {
        const bool disturbed = is_disturbed(&contenders->items[i], values);
        here = here || (disturbed && contenders->items[i].device != NULL);
        modelled = modelled || (disturbed && contenders->items[i].device == NULL);
    }
    if (here)
        return modelled ? "quit them and run `gpufare calibrate`, for a model on its own machine"
                        : "quit them and run `gpufare calibrate`";
    return modelled ? "run `gpufare calibrate` again on the model's machine while that is quiet"
                    : NULL;
}

bool gf_contenders_caution(const gf_contenders *contenders, const gf_values *values, char *text,
                           size_t size) {
    char end[128];
    const char *advice = cure(contenders, values);
    text[0] = '\0';
    if (advice == NULL)
        return false;
    const size_t room = size - (size_t)snprintf(end, sizeof end, " were measured; %s", advice);
    size_t used = 0;
    for (size_t i = 0; i < contenders->count && used + 1 < room; i++) {
        if (is_disturbed(&contenders->items[i], values))
            used += (size_t)snprintf(
                text + used, room - used, "%s%s",
                used == 0 ? "doubtful: other programs took cores while cases of " : ", ",
                contenders->items[i].label);
    }
    snprintf(text + strlen(text), size - strlen(text), "%s", end);
    return true;
}

size_t gf_contenders_fastest(const gf_contenders *contenders, const gf_prediction *predictions,
                             const gf_profile *except) {
    size_t fastest = contenders->count;
    double least = 0;
    for (size_t i = 0; i < contenders->count; i++) {
        const gf_contender *item = &contenders->items[i];
        const gf_prediction *own = predictions == NULL ? &item->prediction : &predictions[i];
        const double total = own->phases[GF_PHASE_TOTAL].value;
        if (!own->possible || (except != NULL && item->profile == except))
            continue;
        if (fastest == contenders->count || total < least) {
            fastest = i;
            least = total;
        }
    }
    return fastest;
}

size_t gf_contenders_baseline(const gf_contenders *contenders) {
    size_t first = contenders->count;
    for (size_t i = contenders->count; i-- > 0;) {
        if (contenders->items[i].prediction.possible)
            first = i;
    }
    for (size_t i = 0; i < contenders->count; i++) {
        if (contenders->items[i].prediction.possible && contenders->items[i].is_baseline)
            return i;
    }
    return first;
}
