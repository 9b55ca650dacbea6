/* Calibrating the devices of a machine, for every workload. */
#include "predict/calibration.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "calibrate/calibrate.h"
#include "calibrate/calibrate_ceilings.h"
#include "predict/cases.h"
#include "problem/params.h"

/* ---- Devices ----------------------------------------------------------- */

static gf_status recall(gf_calibration *c, size_t index, gf_error *error) {
    char why[GF_ERROR_TEXT];
    const gf_profile_state state = gf_profile_load(c->profiles[index], why, sizeof why);
    c->known[index] = state == GF_PROFILE_LOADED;
    return why[0] == '\0' ? GF_OK : gf_notes_add(&c->notes, error, "%s", why);
}

static gf_status add_device(gf_calibration *c, gf_device *device, gf_error *error) {
    for (size_t i = 0; i < c->device_count; i++) {
        if (c->devices[i] == device)
            return GF_OK; /* another variant of it */
    }
    const size_t index = c->device_count;
    c->devices[index] = device;
    const gf_status status = gf_profile_create(&device->info, c->session->options.thread_count,
                                               &c->profiles[index], error);
    if (status != GF_OK)
        return status;
    c->device_count++;
    return recall(c, index, error);
}

static gf_status add_devices(gf_calibration *c, const gf_target_list *targets, gf_error *error) {
    c->devices = calloc(targets->count, sizeof(gf_device *));
    c->profiles = calloc(targets->count, sizeof(gf_profile *));
    c->known = calloc(targets->count, sizeof(bool));
    if (c->devices == NULL || c->profiles == NULL || c->known == NULL)
        return gf_error_no_memory(error, "a list of devices", targets->count * sizeof(gf_device *));
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < targets->count; i++)
        status = add_device(c, targets->targets[i].device, error);
    return status;
}

/* ---- Kernels ----------------------------------------------------------- */

static gf_status add_cover(gf_calibration *c, const gf_target *target, const gf_params *params,
                           gf_error *error) {
    gf_status status = gf_array_grow(&c->covers, c->cover_count, sizeof *c->covers, error);
    if (status != GF_OK)
        return status;
    gf_case_set *cover = &c->covers[c->cover_count];
    *cover = (gf_case_set){.device = target->device};
    snprintf(cover->variant, sizeof cover->variant, "%s", target->variant);
    status = gf_params_copy(params, &cover->params, error);
    if (status == GF_OK)
        c->cover_count++;
    return status;
}

/* The kernels that a comparison of these values would run. */
static gf_status add_covers_of_values(gf_calibration *c, const char *device_list,
                                      const gf_params *params, gf_error *error) {
    gf_comparison *comparison = NULL;
    gf_target_list targets = {NULL, 0, NULL, 0};
    gf_status status = gf_comparison_create(c->session, params, &c->options, &comparison, error);
    if (status == GF_OK)
        status = gf_session_select(c->session, gf_params_workload(params), device_list,
                                   GF_PICK_MANY, &targets, error);
    if (status == GF_OK)
        status = gf_comparison_resolve_targets(comparison, &targets, error);
    for (size_t i = 0; status == GF_OK && i < targets.count; i++)
        status = add_cover(c, &targets.targets[i], params, error);
    gf_target_list_clear(&targets);
    gf_comparison_destroy(comparison);
    return status;
}

/* A workload whose defaults are too large for this machine, or that lacks a variant that was asked
 * for, is left out with a note. */
static gf_status add_covers(gf_calibration *c, const char *device_list, const gf_workload *workload,
                            const char *precision, gf_error *error) {
    gf_params *params = NULL;
    gf_error trouble = GF_ERROR_INIT;
    gf_status status = gf_params_create(workload, &params, error);
    if (status != GF_OK)
        return status;
    if (precision != NULL)
        status = gf_params_set(params, "precision", precision, &trouble);
    if (status == GF_OK)
        status = add_covers_of_values(c, device_list, params, &trouble);
    gf_params_destroy(params);
    if (status == GF_USAGE || status == GF_NO_DEVICE || status == GF_UNSUPPORTED) {
        /* Once, though it be true of several precisions. */
        status = gf_notes_add(&c->notes, error, "left out %s: %s", workload->name, trouble.text);
    } else if (status != GF_OK) {
        gf_error_set(error, status, "%s", trouble.text);
    }
    gf_error_clear(&trouble);
    return status;
}

static bool has_precision(const gf_workload *workload) {
    size_t count = 0;
    const gf_param *params = gf_workload_params(workload, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(params[i].name, "precision") == 0)
            return true;
    }
    return false;
}

static gf_status add_all_covers(gf_calibration *c, const char *device_list, gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < gf_workload_count(); i++) {
        const gf_workload *workload = gf_workload_at(i);
        if (!has_precision(workload))
            status = add_covers(c, device_list, workload, NULL, error);
        for (const char *const *word = gf_precision_choices;
             status == GF_OK && has_precision(workload) && *word != NULL; word++)
            status = add_covers(c, device_list, workload, *word, error);
    }
    return status;
}

/* ---- Creating ---------------------------------------------------------- */

gf_status gf_calibration_create(gf_session *session, const char *device_list, bool cases,
                                const gf_run_options *options, gf_calibration **calibrator,
                                gf_error *error) {
    const gf_workload *workload = gf_calibrate_workload(error);
    gf_target_list targets = {NULL, 0, NULL, 0};
    gf_calibration *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a calibration", sizeof *made);
    made->session = session;
    made->options = *options;
    gf_status status = workload != NULL ? GF_OK : GF_FAILED;
    if (status == GF_OK)
        status = gf_session_select(session, workload, device_list, GF_PICK_MANY, &targets, error);
    if (status == GF_OK)
        status = add_devices(made, &targets, error);
    made->replaced_notes = made->notes.count;
    if (status == GF_OK && cases)
        status = add_all_covers(made, device_list, error);
    gf_target_list_clear(&targets);
    if (status == GF_OK)
        *calibrator = made;
    else
        gf_calibration_destroy(made);
    return status;
}

void gf_calibration_destroy(gf_calibration *calibrator) {
    if (calibrator == NULL)
        return;
    for (size_t i = 0; i < calibrator->cover_count; i++)
        gf_params_destroy(calibrator->covers[i].params);
    for (size_t i = 0; i < calibrator->device_count; i++)
        gf_profile_destroy(calibrator->profiles[i]);
    gf_notes_clear(&calibrator->notes);
    free(calibrator->covers);
    free(calibrator->devices);
    free(calibrator->profiles);
    free(calibrator->known);
    free(calibrator);
}

size_t gf_calibration_device_count(const gf_calibration *calibrator) {
    return calibrator->device_count;
}

size_t gf_calibration_note_count(const gf_calibration *calibrator) {
    return calibrator->notes.count;
}

size_t gf_calibration_replaced_count(const gf_calibration *calibrator) {
    return calibrator->replaced_notes;
}

const char *gf_calibration_note(const gf_calibration *calibrator, size_t index) {
    return index < calibrator->notes.count ? calibrator->notes.lines[index] : NULL;
}

double gf_calibration_seconds(const gf_calibration *calibrator) {
    const gf_profile nothing = {.case_count = 0};
    double seconds = 0;
    for (size_t i = 0; i < calibrator->device_count; i++)
        seconds += gf_calibrate_seconds(calibrator->devices[i]);
    for (size_t i = 0; i < calibrator->cover_count; i++) {
        const gf_case_set *cover = &calibrator->covers[i];
        seconds += gf_cases_seconds(cover->device,
                                    gf_profile_missing(&nothing, cover->variant, cover->params));
    }
    return seconds;
}

/* ---- Measuring --------------------------------------------------------- */

static gf_status measure_points(gf_calibration *c, gf_device *device, gf_profile *profile,
                                gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < c->cover_count; i++) {
        const gf_case_set *cover = &c->covers[i];
        if (cover->device == device)
            status = gf_profile_measure_cases(profile, c->session, device, cover->variant,
                                              cover->params, &c->options, error);
    }
    return status;
}

/* Only a whole profile replaces what was known. */
static gf_status measure_device(gf_calibration *c, size_t index, gf_error *error) {
    gf_device *device = c->devices[index];
    gf_profile *fresh = NULL;
    gf_status status =
        gf_profile_create(&device->info, c->session->options.thread_count, &fresh, error);
    if (status == GF_OK)
        status = gf_calibrate(fresh, c->session, device, &c->options, error);
    if (status == GF_OK)
        status = measure_points(c, device, fresh, error);
    if (status != GF_OK) {
        gf_profile_destroy(fresh);
        return status;
    }
    gf_profile_destroy(c->profiles[index]);
    c->profiles[index] = fresh;
    c->known[index] = true;
    if (gf_profile_save(fresh))
        return GF_OK;
    return gf_notes_add(&c->notes, error,
                        "the profile can't be kept: there is no cache folder that takes files; set "
                        "XDG_CACHE_HOME");
}

/* A device that fails is noted and counted, and the others are measured. */
static gf_status measure_or_note(gf_calibration *c, size_t index, size_t *failed, gf_error *first,
                                 gf_error *error) {
    gf_error trouble = GF_ERROR_INIT;
    gf_status status = measure_device(c, index, &trouble);
    if (status == GF_INTERRUPTED) {
        status = gf_error_set(error, status, "%s", trouble.text);
    } else if (status != GF_OK) {
        ++*failed;
        const char *id = c->devices[index]->info.id;
        if (first->status == GF_OK)
            gf_error_set(first, status, "%s could not be measured: %s", id, trouble.text);
        status = gf_notes_add(&c->notes, error, "%s could not be measured: %s", id, trouble.text);
    }
    gf_error_clear(&trouble);
    return status;
}

gf_status gf_calibration_measure(gf_calibration *calibrator, gf_error *error) {
    const gf_clock *clock = &calibrator->session->clock;
    const uint64_t start = gf_clock_now(clock);
    gf_error first = GF_ERROR_INIT;
    gf_status status = GF_OK;
    gf_notes_drop(&calibrator->notes, calibrator->replaced_notes);
    calibrator->replaced_notes = 0;
    size_t failed = 0;
    for (size_t i = 0; status == GF_OK && i < calibrator->device_count; i++)
        status = measure_or_note(calibrator, i, &failed, &first, error);
    calibrator->took_s = (double)(gf_clock_now(clock) - start) * 1e-9;
    if (status == GF_OK && failed == calibrator->device_count)
        status = gf_error_set(error, first.status, "%s", first.text);
    gf_error_clear(&first);
    return status;
}
