#include "device/session.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "device/registry.h"

static int by_order(const void *a, const void *b) {
    const gf_backend *const *left = a, *const *right = b;
    return ((*left)->order > (*right)->order) - ((*left)->order < (*right)->order);
}

/* What keeps a driver's threads from the machine: OpenMP's own limits do not. */
static void find_limits(gf_session *session) {
    gf_cores cores = gf_cores_examine("");
    cores.thread_limit = GF_NO_THREAD_LIMIT;
    gf_cores_format_limits(&cores, session->limits, sizeof session->limits);
}

gf_status gf_session_open_with(const gf_session_options *options, const gf_backend *const *backends,
                               size_t backend_count, gf_session **session, gf_error *error) {
    gf_session *made = calloc(1, sizeof *made);
    const gf_backend **sorted = calloc(backend_count + 1, sizeof *sorted);
    void **states = calloc(backend_count + 1, sizeof *states);
    if (made == NULL || sorted == NULL || states == NULL) {
        free(made);
        free(sorted);
        free(states);
        return gf_error_no_memory(error, "a session", sizeof *made);
    }
    for (size_t i = 0; i < backend_count; i++) {
        if (backends[i]->abi_version == GF_BACKEND_ABI)
            sorted[made->backend_count++] = backends[i];
    }
    qsort(sorted, made->backend_count, sizeof *sorted, by_order);
    if (options != NULL)
        made->options = *options;
    find_limits(made);
    made->clock = gf_clock_monotonic();
    made->read_contention = gf_contention_read;
    made->backends = sorted;
    made->backend_states = states;
    *session = made;
    return GF_OK;
}

gf_status gf_session_open(const gf_session_options *options, gf_session **session,
                          gf_error *error) {
    GF_ENTER(error);
    return gf_session_open_with(options, gf_backends, gf_backends_length, session, error);
}

static void free_devices(gf_device **devices, size_t count) {
    for (size_t i = 0; i < count; i++) {
        gf_device_close(devices[i]);
        gf_error_clear(&devices[i]->untold);
        free(devices[i]);
    }
    free(devices);
}

void gf_session_close(gf_session *session) {
    if (session == NULL)
        return;
    free_devices(session->extended, session->extended_count);
    free_devices(session->sets, session->set_count);
    free_devices(session->devices, session->device_count);
    for (size_t i = 0; i < session->enumerated; i++)
        session->backends[i]->shut_down(session->backend_states[i]);
    gf_notes_clear(&session->warnings);
    free(session->backend_states);
    free((void *)(uintptr_t)session->backends);
    free(session);
}

gf_core_binding gf_device_unbind(const gf_device *device) {
    return device->info.device_class == GF_CLASS_NATIVE ? (gf_core_binding){.changed = false}
                                                        : gf_cores_unbind();
}

gf_status gf_device_prepare(gf_device *device, const gf_problem *problem, const char *variant,
                            const gf_tuning *tuning, gf_program **program, gf_error *error) {
    const gf_core_binding binding = gf_device_unbind(device);
    const gf_status status =
        device->backend->prepare(device, problem, variant, tuning, program, error);
    gf_cores_bind_again(&binding);
    return status;
}

gf_status gf_device_note_limits(const gf_device_info *info, gf_notes *notes, gf_error *error) {
    if (info->limits == NULL || info->limits[0] == '\0')
        return GF_OK;
    return gf_notes_add(notes, error, "cores: %s", info->limits);
}

gf_status gf_device_open_alone(gf_device *device, gf_error *error) {
    if (device->is_open)
        return GF_OK;
    /* Threads that a driver starts run where this one may run. */
    const gf_core_binding binding = gf_device_unbind(device);
    const gf_status status = device->backend->open(device, error);
    gf_cores_bind_again(&binding);
    device->is_open = status == GF_OK;
    return status;
}

void gf_device_find_facts(gf_device *device) {
    if (device->backend->find_facts == NULL)
        return;
    const gf_core_binding binding = gf_device_unbind(device);
    device->backend->find_facts(device);
    gf_cores_bind_again(&binding);
}

gf_status gf_device_open(gf_device *device, gf_error *error) {
    if (device->is_open)
        return GF_OK;
    if (device->untold.status != GF_OK) {
        *error = device->untold;
        device->untold = (gf_error)GF_ERROR_INIT;
        return error->status;
    }
    const gf_status status = gf_device_open_alone(device, error);
    if (status == GF_OK)
        gf_device_find_facts(device);
    return status;
}

void gf_device_close(gf_device *device) {
    if (!device->is_open || device->is_held)
        return;
    device->backend->close(device);
    device->is_open = false;
}

static gf_status add_device(void *context, const gf_device *device, gf_error *error) {
    gf_session *session = context;
    gf_device *copy = malloc(sizeof *copy);
    if (copy == NULL)
        return gf_error_no_memory(error, "a device", sizeof *copy);
    const gf_status status =
        gf_array_grow(&session->devices, session->device_count, sizeof *session->devices, error);
    if (status != GF_OK) {
        free(copy);
        return status;
    }
    *copy = *device;
    if (copy->backend == NULL)
        copy->backend = session->backends[session->enumerated];
    if (copy->info.device_class == GF_CLASS_CPU && copy->info.limits == NULL)
        copy->info.limits = session->limits;
    if (copy->info.device_class != GF_CLASS_NATIVE)
        copy->most_bytes = session->options.device_memory_bytes;
    session->devices[session->device_count++] = copy;
    return GF_OK;
}

static gf_status add_warning(void *context, const char *line, gf_error *error) {
    gf_session *session = context;
    return gf_notes_add(&session->warnings, error, "%s", line);
}

static gf_status add_failure(void *context, const char *line, gf_error *error) {
    gf_session *session = context;
    session->failed_drivers++;
    return add_warning(context, line, error);
}

/* Takes back what the next backend has added: it counts as not asked. */
static void forget_backend(gf_session *session, size_t devices, size_t warnings, size_t failed) {
    session->failed_drivers = failed;
    while (session->device_count > devices)
        free(session->devices[--session->device_count]);
    while (session->warnings.count > warnings)
        free(session->warnings.lines[--session->warnings.count]);
    void **state = &session->backend_states[session->enumerated];
    session->backends[session->enumerated]->shut_down(*state);
    *state = NULL;
}

/* A backend that could not look at all is one more warning: the others are still used. */
static gf_status note_failure(gf_session *session, const gf_backend *backend, gf_error *error) {
    gf_error failure = *error;
    *error = (gf_error)GF_ERROR_INIT;
    session->failed_drivers++;
    const gf_status status =
        gf_notes_add(&session->warnings, error, "%s: %s", backend->name, failure.text);
    gf_error_clear(&failure);
    return status;
}

static gf_status note_failed_device(gf_session *session, const gf_device *device, gf_error *error) {
    gf_error failure = *error;
    *error = (gf_error)GF_ERROR_INIT;
    const gf_status status =
        gf_notes_add(&session->warnings, error, "device %s: %s", device->info.id, failure.text);
    gf_error_clear(&failure);
    return status;
}

gf_status gf_session_find_next(gf_session *session, bool *more, gf_error *error) {
    *more = session->enumerated < session->backend_count;
    if (!*more)
        return GF_OK;
    const gf_backend *backend = session->backends[session->enumerated];
    const gf_device_sink sink = {session, add_device, add_warning, add_failure};
    void **state = &session->backend_states[session->enumerated];
    const size_t devices = session->device_count, warnings = session->warnings.count;
    const size_t failed = session->failed_drivers;
    const gf_core_binding binding = gf_cores_unbind(); /* as in gf_device_open */
    const gf_status status = backend->enumerate(&session->options, &sink, state, error);
    gf_cores_bind_again(&binding);
    /* Wrong options are the caller's mistake, and no warning about the machine. The next call asks
     * again, so that it gives the same answer. */
    if (status == GF_USAGE || status == GF_INTERRUPTED) {
        forget_backend(session, devices, warnings, failed);
        return status;
    }
    session->enumerated++;
    return status == GF_OK ? GF_OK : note_failure(session, backend, error);
}

gf_status gf_session_find_all(gf_session *session, gf_error *error) {
    GF_ENTER(error);
    bool more = true;
    while (more) {
        const gf_status status = gf_session_find_next(session, &more, error);
        if (status != GF_OK)
            return status;
    }
    return GF_OK;
}

gf_status gf_session_find_facts(gf_session *session, gf_error *error) {
    GF_ENTER(error);
    for (size_t i = 0; i < session->device_count; i++) {
        gf_device *device = session->devices[i];
        if (device->info.facts == NULL)
            continue;
        device->cancel = session->options.cancel;
        gf_status status = gf_device_open(device, error);
        device->cancel = NULL;
        if (status == GF_INTERRUPTED)
            return status;
        if (status != GF_OK)
            status = note_failed_device(session, device, error);
        if (status != GF_OK)
            return status;
    }
    return GF_OK;
}

/* ---- Sets --------------------------------------------------------------- */

gf_member *gf_device_members(const gf_device *device, size_t *count) {
    *count = 0;
    return device->backend->members == NULL ? NULL : device->backend->members(device, count);
}

gf_status gf_device_check_single(const gf_device *device, gf_error *error) {
    size_t count = 0;
    if (gf_device_members(device, &count) == NULL)
        return GF_OK;
    return gf_error_set_parameter(error, GF_USAGE, "device",
                                  " %s: a set is run and compared; predictions are of single "
                                  "devices, so name these",
                                  device->info.id);
}

static bool is_same_member(const gf_member *a, const gf_member *b) {
    return a->device == b->device &&
           (a->variant == b->variant ||
            (a->variant != NULL && b->variant != NULL && strcmp(a->variant, b->variant) == 0));
}

/* Whether each of these members is among those. */
static bool are_among(const gf_member *these, const gf_member *those, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t other = 0;
        while (other < count && !is_same_member(&these[i], &those[other]))
            other++;
        if (other == count)
            return false;
    }
    return true;
}

/* In whatever order; one that is named twice makes another set, which is refused. */
static bool is_set_of(const gf_device *device, const gf_member *members, size_t count) {
    size_t its_count = 0;
    const gf_member *its = gf_device_members(device, &its_count);
    return its != NULL && its_count == count && are_among(its, members, count) &&
           are_among(members, its, count);
}

/* The index of the backend that makes sets; backend_count: there is none. */
static size_t find_combining(const gf_session *session) {
    size_t index = 0;
    while (index < session->backend_count && session->backends[index]->combine == NULL)
        index++;
    return index;
}

const char *gf_session_set_variant(const gf_session *session, const gf_workload *workload,
                                   const char *name) {
    const size_t index = find_combining(session);
    const char *variant = NULL;
    if (index == session->backend_count)
        return NULL;
    for (size_t i = 0;
         (variant = session->backends[index]->variant(NULL, workload, NULL, i)) != NULL; i++) {
        if (strcasecmp(variant, name) == 0)
            return variant;
    }
    return NULL;
}

/* Asks the backends up to the one that makes sets. */
static gf_status find_combining_backend(gf_session *session, size_t *index, gf_error *error) {
    bool more = true;
    gf_status status = GF_OK;
    *index = find_combining(session);
    if (*index == session->backend_count)
        return gf_error_set(error, GF_UNSUPPORTED, "this build has no sets of devices");
    while (status == GF_OK && more && session->enumerated <= *index)
        status = gf_session_find_next(session, &more, error);
    return status;
}

gf_status gf_session_combine(gf_session *session, const gf_member *members, size_t count,
                             gf_device **device, gf_error *error) {
    size_t index = 0;
    for (size_t i = 0; i < session->set_count; i++) {
        if (is_set_of(session->sets[i], members, count)) {
            *device = session->sets[i];
            return GF_OK;
        }
    }
    gf_status status = find_combining_backend(session, &index, error);
    if (status == GF_OK)
        status = gf_array_grow(&session->sets, session->set_count, sizeof *session->sets, error);
    gf_device *made = status == GF_OK ? calloc(1, sizeof *made) : NULL;
    if (made == NULL)
        return status == GF_OK ? gf_error_no_memory(error, "a set", sizeof *made) : status;
    made->backend = session->backends[index];
    status = made->backend->combine(session->backend_states[index], members, count, made, error);
    if (status != GF_OK) {
        free(made);
        return status;
    }
    session->sets[session->set_count++] = *device = made;
    return GF_OK;
}

/* ---- What there is ------------------------------------------------------ */

size_t gf_session_device_count(const gf_session *session) {
    return session->device_count;
}

gf_device *gf_session_device(const gf_session *session, size_t index) {
    return index < session->device_count ? session->devices[index] : NULL;
}

size_t gf_session_warning_count(const gf_session *session) {
    return session->warnings.count;
}

size_t gf_session_failed_drivers(const gf_session *session) {
    return session->failed_drivers;
}

const char *gf_session_warning(const gf_session *session, size_t index) {
    return index < session->warnings.count ? session->warnings.lines[index] : NULL;
}

const gf_device_info *gf_device_get_info(const gf_device *device) {
    return &device->info;
}
