#include "device/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "device/registry.h"

/* Room grows at the powers of two, so that no capacity has to be kept beside the count. */
gf_status gf_grow(void *items, size_t count, size_t item_bytes, gf_error *error) {
    if (count != 0 && (count & (count - 1)) != 0)
        return GF_OK;
    const size_t room = count == 0 ? 1 : 2 * count;
    void *old = NULL;
    memcpy(&old, items, sizeof old);
    void *grown = reallocarray(old, room, item_bytes);
    if (grown == NULL)
        return gf_error_no_memory(error, "a list", room * item_bytes);
    memcpy(items, &grown, sizeof grown);
    return GF_OK;
}

static int by_order(const void *a, const void *b) {
    const gf_backend *const *left = a, *const *right = b;
    return ((*left)->order > (*right)->order) - ((*left)->order < (*right)->order);
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
    made->clock = gf_clock_monotonic();
    made->backends = sorted;
    made->backend_states = states;
    *session = made;
    return GF_OK;
}

gf_status gf_session_open(const gf_session_options *options, gf_session **session,
                          gf_error *error) {
    return gf_session_open_with(options, gf_backends, gf_backends_length, session, error);
}

void gf_session_close(gf_session *session) {
    if (session == NULL)
        return;
    for (size_t i = 0; i < session->device_count; i++) {
        gf_device_close(session->devices[i]);
        free(session->devices[i]);
    }
    for (size_t i = 0; i < session->enumerated; i++)
        session->backends[i]->shut_down(session->backend_states[i]);
    for (size_t i = 0; i < session->problem_count; i++)
        free(session->problems[i]);
    free(session->devices);
    free(session->problems);
    free(session->backend_states);
    free((void *)(uintptr_t)session->backends);
    free(session);
}

static gf_status add_device(void *context, const gf_device *device, gf_error *error) {
    gf_session *session = context;
    gf_device *copy = malloc(sizeof *copy);
    if (copy == NULL)
        return gf_error_no_memory(error, "a device", sizeof *copy);
    const gf_status status =
        gf_grow(&session->devices, session->device_count, sizeof *session->devices, error);
    if (status != GF_OK) {
        free(copy);
        return status;
    }
    *copy = *device;
    copy->backend = session->backends[session->enumerated];
    session->devices[session->device_count++] = copy;
    return GF_OK;
}

static gf_status add_warning(void *context, const char *line, gf_error *error) {
    gf_session *session = context;
    char *copy = strdup(line);
    if (copy == NULL)
        return gf_error_no_memory(error, "a message", strlen(line) + 1);
    const gf_status status =
        gf_grow(&session->problems, session->problem_count, sizeof *session->problems, error);
    if (status != GF_OK) {
        free(copy);
        return status;
    }
    session->problems[session->problem_count++] = copy;
    return GF_OK;
}

/* A backend that could not look at all is one more problem: the others are still used. */
static gf_status note_failure(gf_session *session, const gf_backend *backend, gf_error *failure,
                              gf_error *error) {
    char line[GF_ERROR_TEXT + 64];
    snprintf(line, sizeof line, "%s: %s", backend->name, failure->text);
    gf_error_clear(failure);
    return add_warning(session, line, error);
}

gf_status gf_session_find_next(gf_session *session, bool *more, gf_error *error) {
    *more = session->enumerated < session->backend_count;
    if (!*more)
        return GF_OK;
    const gf_backend *backend = session->backends[session->enumerated];
    const gf_device_sink sink = {session, add_device, add_warning};
    const size_t before = session->device_count;
    gf_error failure = GF_ERROR_INIT;
    void *state = NULL;
    const gf_status found = backend->enumerate(&session->options, &sink, &state, &failure);
    session->backend_states[session->enumerated++] = state;
    for (size_t i = before; i < session->device_count; i++)
        session->devices[i]->backend_state = state;
    if (found == GF_OK)
        return GF_OK;
    if (found == GF_USAGE || found == GF_INTERRUPTED) { /* the caller's options, not the machine */
        if (error != NULL)
            *error = failure;
        else
            gf_error_clear(&failure);
        return found;
    }
    return note_failure(session, backend, &failure, error);
}

gf_status gf_session_find_all(gf_session *session, gf_error *error) {
    bool more = true;
    while (more) {
        const gf_status status = gf_session_find_next(session, &more, error);
        if (status != GF_OK)
            return status;
    }
    return GF_OK;
}

size_t gf_session_device_count(const gf_session *session) {
    return session->device_count;
}

gf_device *gf_session_device(const gf_session *session, size_t index) {
    return index < session->device_count ? session->devices[index] : NULL;
}

size_t gf_session_warning_count(const gf_session *session) {
    return session->problem_count;
}

const char *gf_session_warning(const gf_session *session, size_t index) {
    return index < session->problem_count ? session->problems[index] : NULL;
}

const gf_device_info *gf_device_get_info(const gf_device *device) {
    return &device->info;
}

gf_status gf_device_open(gf_device *device, gf_error *error) {
    if (device->is_open)
        return GF_OK;
    const gf_status status = device->backend->open(device, error);
    device->is_open = status == GF_OK;
    return status;
}

void gf_device_close(gf_device *device) {
    if (!device->is_open)
        return;
    device->backend->close(device);
    device->is_open = false;
}
