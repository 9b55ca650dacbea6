#include "measure/reference/device_reference.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "measure/run.h"

static const char *find_variant(const gf_device *device, const gf_problem *problem,
                                const char *name) {
    const char *variant = NULL;
    for (size_t i = 0;
         (variant = device->backend->variant(device, problem->workload, problem, i)) != NULL; i++) {
        if (strcmp(variant, name) == 0)
            return variant;
    }
    return NULL;
}

/* The loaded CPU kernel in one thread; on a machine with one core its only variant. */
static const char *twin_of(const gf_device *device, const gf_problem *problem) {
    const char *one_thread = find_variant(device, problem, GF_LOADED_VARIANT "-1t");
    return one_thread != NULL ? one_thread : find_variant(device, problem, GF_LOADED_VARIANT);
}

static gf_status copy_array(const void *array, size_t bytes, void **copy, gf_error *error) {
    *copy = malloc(bytes);
    if (*copy == NULL)
        return gf_error_no_memory(error, "the reference result", bytes);
    memcpy(*copy, array, bytes);
    return GF_OK;
}

/* The result, and the other buffers that came down. */
static gf_status copy_outputs(const gf_run *run, gf_truth *truth, void **result, gf_error *error) {
    const gf_problem *problem = gf_run_problem(run);
    gf_status status =
        copy_array(run->output, problem->buffers[problem->result].bytes, result, error);
    for (uint32_t i = 0; status == GF_OK && i < problem->buffer_count; i++) {
        free(truth->outputs[i]);
        truth->outputs[i] = NULL;
        if (i != problem->result && gf_comes_down(problem->buffers[i].access))
            status = copy_array(run->host[i].memory, problem->buffers[i].bytes, &truth->outputs[i],
                                error);
    }
    if (status != GF_OK) {
        free(*result);
        *result = NULL;
    }
    return status;
}

/* Runs the problem once on the device. */
static gf_status compute(gf_truth *truth, gf_device *device, const char *variant, void **result,
                         gf_error *error) {
    gf_run_options options = *truth->context.options;
    gf_truth shown = *truth; /* with other options */
    gf_run run = {.truth = &shown};
    const gf_stops none = {.every = 0};
    options.search = false;
    options.tuning = NULL;
    shown.context.options = &options;
    gf_status status = gf_run_with_stops(&run, device, variant, &none, error);
    if (status == GF_OK)
        status = copy_outputs(&run, truth, result, error);
    gf_run_free_host(&run);
    return status;
}

static gf_status take(gf_truth *truth, gf_device *device, const char *variant, void **result,
                      gf_error *error) {
    const gf_status status = compute(truth, device, variant, result, error);
    if (status == GF_OK)
        snprintf(truth->reference_label, sizeof truth->reference_label, "%s:%s", device->info.id,
                 variant);
    return status;
}

/* Sets truth->no_twin, or *result, which stays NULL where there is no twin. GF_INTERRUPTED, with
 * the error, alone is a failure. */
static gf_status ask_twin(gf_truth *truth, void **result, gf_error *error) {
    const gf_session *session = truth->context.session;
    for (size_t i = 0; i < session->device_count && truth->no_twin.status == GF_OK; i++) {
        const char *variant = twin_of(session->devices[i], truth->problem);
        if (variant == NULL)
            continue;
        gf_error failure = GF_ERROR_INIT;
        const gf_status status = take(truth, session->devices[i], variant, result, &failure);
        if (status == GF_INTERRUPTED)
            *error = failure;
        else if (status != GF_OK)
            truth->no_twin = failure;
        return status == GF_INTERRUPTED ? status : GF_OK;
    }
    return GF_OK;
}

/* Asks the other devices in turn. GF_OK with *result NULL: none has computed it. */
static gf_status ask_others(gf_truth *truth, void **result, gf_error *error) {
    const gf_session *session = truth->context.session;
    const gf_problem *problem = truth->problem;
    for (size_t i = 0; i < session->device_count && *result == NULL; i++) {
        gf_device *device = session->devices[i];
        const char *variant = device == truth->judged || twin_of(device, problem) != NULL
                                  ? NULL
                                  : device->backend->variant(device, problem->workload, problem, 0);
        if (variant == NULL)
            continue;
        const gf_status status = take(truth, device, variant, result, error);
        if (status == GF_INTERRUPTED)
            return status;
        if (status == GF_OK)
            truth->reference_device = device;
        else
            gf_error_clear(error);
    }
    return GF_OK;
}

static gf_status no_reference(const gf_truth *truth, gf_error *error) {
    const gf_error *failure = &truth->no_twin;
    if (failure->status == GF_OK)
        return gf_error_set(error, GF_UNSUPPORTED,
                            "not verified: %s has no CPU twin, and no second device computes it; "
                            "add a twin",
                            truth->problem->workload->name);
    gf_error_set(error, failure->status, "not verified: the CPU twin has no result: %s",
                 failure->text);
    gf_error_set_log(error, failure->log);
    return failure->status;
}

gf_status gf_reference_of_device(gf_truth *truth, void **result, gf_error *error) {
    *result = NULL;
    gf_status status = gf_session_find_all(truth->context.session, error);
    if (status == GF_OK)
        status = ask_twin(truth, result, error);
    if (status == GF_OK && *result == NULL)
        status = ask_others(truth, result, error);
    return status == GF_OK && *result == NULL ? no_reference(truth, error) : status;
}
