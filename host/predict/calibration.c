#include "predict/calibration.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "calibrate/calibrate.h"
#include "calibrate/calibrate_ceilings.h"
#include "calibrate/profile_store.h"
#include "device/session.h"
#include "measure/comparison.h"
#include "predict/cases.h"
#include "problem/params.h"
#include "problem/problem.h"

/* ---- Devices ----------------------------------------------------------- */

static gf_status add_device(gf_calibration *c, gf_device *device, gf_error *error) {
    for (size_t i = 0; i < c->device_count; i++) {
        if (c->devices[i].device == device)
            return GF_OK; /* added with another variant */
    }
    gf_calibrated_device added = {.device = device};
    gf_status status = gf_device_check_single(device, error);
    if (status == GF_OK)
        status = gf_array_grow(&c->devices, c->device_count, sizeof added, error);
    if (status == GF_OK)
        status = gf_profile_create(&device->info, c->context.session->options.thread_count,
                                   &added.profile, error);
    if (status != GF_OK)
        return status;
    char why[GF_ERROR_TEXT];
    added.known = gf_profile_load(added.profile, why, sizeof why) == GF_PROFILE_LOADED;
    c->devices[c->device_count++] = added;
    return why[0] == '\0' ? GF_OK : gf_notes_add(&c->notes, error, "%s", why);
}

/* ---- Case sets --------------------------------------------------------- */

static gf_status add_case_set(gf_calibration *c, const gf_target *target, const gf_params *params,
                              gf_error *error) {
    gf_status status = gf_array_grow(&c->case_sets, c->case_set_count, sizeof *c->case_sets, error);
    if (status != GF_OK)
        return status;
    gf_case_set *set = &c->case_sets[c->case_set_count];
    *set = (gf_case_set){.device = target->device};
    snprintf(set->variant, sizeof set->variant, "%s", target->variant);
    status = gf_params_copy(params, &set->params, error);
    if (status == GF_OK)
        c->case_set_count++;
    return status;
}

/* Adds the kernels that a comparison of these values would run. */
static gf_status add_kernels(gf_calibration *c, const char *device_list, const gf_params *params,
                             gf_error *error) {
    gf_session *session = c->context.session;
    gf_comparison *comparison = NULL;
    gf_target_list targets = {NULL, 0, NULL, 0};
    gf_status status = gf_comparison_create(session, params, &c->options, &comparison, error);
    if (status == GF_OK)
        status = gf_session_select(session, gf_params_workload(params), device_list, GF_PICK_MANY,
                                   &targets, error);
    if (status == GF_OK)
        status = gf_comparison_resolve_targets(comparison, &targets, error);
    for (size_t i = 0; status == GF_OK && i < targets.count; i++)
        status = add_case_set(c, &targets.targets[i], params, error);
    gf_target_list_clear(&targets);
    gf_comparison_destroy(comparison);
    return status;
}

/* Skips, with a note, a workload that does not fit this machine or lacks a listed variant. */
static gf_status add_kernels_or_note(gf_calibration *c, const char *device_list,
                                     const gf_params *params, gf_error *error) {
    gf_status status = add_kernels(c, device_list, params, error);
    if (status != GF_USAGE && status != GF_NO_DEVICE && status != GF_UNSUPPORTED)
        return status;
    /* gf_notes_add drops the same note of another precision. */
    status = gf_notes_add(&c->notes, error, "left out %s: %s", gf_params_workload(params)->name,
                          error->text);
    if (status == GF_OK)
        gf_error_clear(error);
    return status;
}

/* Adds the workload's kernels in each of its precisions. */
static gf_status add_workload(gf_calibration *c, const char *device_list,
                              const gf_workload *workload, gf_error *error) {
    gf_params *params = NULL;
    gf_status status = gf_params_create(workload, &params, error);
    if (status != GF_OK)
        return status;
    if (gf_params_text(params, "precision") == NULL)
        status = add_kernels_or_note(c, device_list, params, error);
    else
        for (const char *const *word = gf_precision_choices; status == GF_OK && *word != NULL;
             word++) {
            status = gf_params_set(params, "precision", *word, error);
            if (status == GF_OK)
                status = add_kernels_or_note(c, device_list, params, error);
        }
    gf_params_destroy(params);
    return status;
}

/* ---- Creating ---------------------------------------------------------- */

static gf_status add_workloads(gf_calibration *c, const char *device_list, gf_error *error) {
    if (c->only != NULL)
        return add_workload(c, device_list, c->only, error);
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < gf_workload_count(); i++)
        status = add_workload(c, device_list, gf_workload_at(i), error);
    return status;
}

gf_status gf_calibration_create(gf_session *session, const char *device_list,
                                const gf_workload *workload, bool cases,
                                const gf_run_options *options, gf_calibration **calibration,
                                gf_error *error) {
    GF_ENTER(error);
    const gf_workload *ceilings = gf_calibrate_workload(error);
    if (ceilings == NULL)
        return GF_FAILED;
    gf_target_list targets = {NULL, 0, NULL, 0};
    gf_calibration *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a calibration", sizeof *made);
    made->options = gf_run_options_or_defaults(options);
    made->context = (gf_context){session, &made->options};
    made->only = workload;
    gf_status status =
        gf_session_select(session, ceilings, device_list, GF_PICK_MANY, &targets, error);
    for (size_t i = 0; status == GF_OK && i < targets.count; i++)
        status = add_device(made, targets.targets[i].device, error);
    made->replaced_notes = made->notes.count;
    for (size_t i = 0; status == GF_OK && i < targets.count; i++)
        status = gf_device_note_limits(&targets.targets[i].device->info, &made->notes, error);
    for (size_t i = 0; status == GF_OK && i < gf_session_warning_count(session); i++)
        status = gf_notes_add(&made->not_used, error, "%s", gf_session_warning(session, i));
    if (status == GF_OK && cases)
        status = add_workloads(made, device_list, error);
    gf_target_list_clear(&targets);
    if (status == GF_OK)
        *calibration = made;
    else
        gf_calibration_destroy(made);
    return status;
}

void gf_calibration_destroy(gf_calibration *calibration) {
    if (calibration == NULL)
        return;
    for (size_t i = 0; i < calibration->case_set_count; i++)
        gf_params_destroy(calibration->case_sets[i].params);
    for (size_t i = 0; i < calibration->device_count; i++)
        gf_profile_destroy(calibration->devices[i].profile);
    gf_notes_clear(&calibration->notes);
    gf_notes_clear(&calibration->not_used);
    free(calibration->case_sets);
    free(calibration->devices);
    free(calibration);
}

size_t gf_calibration_device_count(const gf_calibration *calibration) {
    return calibration->device_count;
}

size_t gf_calibration_note_count(const gf_calibration *calibration) {
    return calibration->notes.count;
}

size_t gf_calibration_replaced_count(const gf_calibration *calibration) {
    return calibration->replaced_notes;
}

const char *gf_calibration_note(const gf_calibration *calibration, size_t index) {
    return index < calibration->notes.count ? calibration->notes.lines[index] : NULL;
}

size_t gf_calibration_measured_count(const gf_calibration *calibration) {
    return calibration->measured_count;
}

/* Whether what the device has beside cases of workloads stays: that of a partial profile does not.
 */
static bool keeps_profile(const gf_calibration *c, const gf_calibrated_device *device) {
    return c->only != NULL && device->known && !gf_profile_is_partial(device->profile);
}

double gf_calibration_seconds(const gf_calibration *calibration) {
    const gf_profile nothing = {.case_count = 0};
    double seconds = 0;
    for (size_t i = 0; i < calibration->device_count; i++) {
        if (!keeps_profile(calibration, &calibration->devices[i]))
            seconds += gf_calibrate_seconds(calibration->devices[i].device);
    }
    for (size_t i = 0; i < calibration->case_set_count; i++) {
        const gf_case_set *set = &calibration->case_sets[i];
        seconds +=
            gf_cases_seconds(set->device, gf_profile_missing_cases(&nothing, set->device,
                                                                   set->variant, set->params));
    }
    return seconds * gf_contention_slowdown(calibration->context.session->read_contention);
}

/* ---- Measuring --------------------------------------------------------- */

static gf_status measure_case_sets(gf_calibration *c, gf_device *device, gf_profile *profile,
                                   gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < c->case_set_count; i++) {
        const gf_case_set *set = &c->case_sets[i];
        if (set->device == device)
            status = gf_profile_measure_cases(&c->context, device, set->variant, set->params,
                                              profile, error);
    }
    return status;
}

/* What is measured anew is not in `fresh`. */
static gf_status begin_profile(gf_calibration *c, const gf_calibrated_device *measured,
                               gf_profile *fresh, gf_error *error) {
    char why[GF_ERROR_TEXT], key[sizeof fresh->cases->workload];
    const bool loaded = c->only != NULL && measured->known &&
                        gf_profile_load(fresh, why, sizeof why) == GF_PROFILE_LOADED;
    if (loaded) {
        gf_workload_key(c->only, key);
        gf_profile_drop_cases(fresh, key);
    }
    if (loaded && !gf_profile_is_partial(fresh))
        return GF_OK;
    return gf_calibrate(&c->context, measured->device, fresh, error);
}

/* Replaces the known profile only by a complete one. */
static gf_status measure_device(gf_calibration *c, gf_calibrated_device *measured,
                                gf_error *error) {
    gf_device *device = measured->device;
    gf_profile *fresh = NULL;
    gf_status status =
        gf_profile_create(&device->info, c->context.session->options.thread_count, &fresh, error);
    if (status == GF_OK)
        status = begin_profile(c, measured, fresh, error);
    if (status == GF_OK)
        status = measure_case_sets(c, device, fresh, error);
    if (status != GF_OK) {
        gf_profile_destroy(fresh);
        return status;
    }
    gf_profile_destroy(measured->profile);
    measured->profile = fresh;
    measured->known = true;
    if (gf_profile_save(fresh))
        return GF_OK;
    return gf_notes_add(
        &c->notes, error,
        "the profile can't be saved: no cache folder is writable; set XDG_CACHE_HOME");
}

/* Notes and counts a device that fails, so that the others are measured. */
static gf_status measure_or_note(gf_calibration *c, size_t index, size_t *failed, gf_error *first,
                                 gf_error *error) {
    gf_status status = measure_device(c, &c->devices[index], error);
    c->measured_count += status == GF_OK;
    if (status == GF_OK || status == GF_INTERRUPTED)
        return status;
    ++*failed;
    gf_error_prefix(error, "%s could not be measured", c->devices[index].device->info.id);
    if (first->status == GF_OK)
        gf_error_set(first, status, "%s", error->text);
    status = gf_notes_add(&c->notes, error, "%s", error->text);
    if (status == GF_OK)
        gf_error_clear(error);
    return status;
}

gf_status gf_calibration_measure(gf_calibration *calibration, gf_error *error) {
    GF_ENTER(error);
    const uint64_t start = gf_context_now(&calibration->context);
    gf_error first = GF_ERROR_INIT;
    gf_status status = GF_OK;
    gf_notes_drop(&calibration->notes, calibration->replaced_notes);
    calibration->replaced_notes = 0;
    size_t failed = 0;
    calibration->measured_count = 0;
    for (size_t i = 0; status == GF_OK && i < calibration->device_count; i++)
        status = measure_or_note(calibration, i, &failed, &first, error);
    calibration->took_s = (double)(gf_context_now(&calibration->context) - start) * 1e-9;
    if (status == GF_OK && failed == calibration->device_count)
        status = gf_error_set(error, first.status, "%s", first.text);
    gf_error_clear(&first);
    return status;
}
