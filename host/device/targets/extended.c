#include "device/targets/extended.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/error.h"

static void limit_total(gf_memory_limits *limits, uint64_t most_bytes) {
    if (most_bytes > 0 && (limits->total == 0 || most_bytes < limits->total))
        limits->total = most_bytes;
}

gf_memory_limits gf_device_limits(const gf_device *device) {
    const gf_device_info *info = &device->info;
    gf_memory_limits limits = {info->global_memory_bytes, info->max_alloc_bytes};
    size_t count = 0;
    const gf_member *members = gf_device_members(device, &count);
    limit_total(&limits, device->most_bytes);
    for (size_t i = 0; i < count; i++)
        limit_total(&limits, members[i].device->most_bytes);
    return limits;
}

bool gf_device_has_room(const gf_device *device, const gf_problem *problem) {
    const gf_memory_limits limits = gf_device_limits(device);
    gf_misfit why;
    size_t members = 0;
    return device->info.device_class == GF_CLASS_NATIVE ||
           gf_device_members(device, &members) != NULL || gf_problem_fits(problem, &limits, &why);
}

/* The index of the backend that extends devices; backend_count: there is none. */
static size_t find_extending(const gf_session *session) {
    size_t index = 0;
    while (index < session->backend_count && session->backends[index]->extend == NULL)
        index++;
    return index;
}

/* Asks the backends up to that one. */
static gf_status ask_extending(gf_session *session, size_t index, gf_error *error) {
    bool more = true;
    gf_status status = GF_OK;
    while (status == GF_OK && more && session->enumerated <= index)
        status = gf_session_find_next(session, &more, error);
    return status;
}

static gf_status extend(gf_session *session, size_t index, gf_device *device,
                        const gf_memory_limits *limits, gf_device **made, gf_error *error) {
    gf_status status = gf_array_grow(&session->extended, session->extended_count,
                                     sizeof *session->extended, error);
    gf_device *extended = status == GF_OK ? calloc(1, sizeof *extended) : NULL;
    if (extended == NULL)
        return status == GF_OK ? gf_error_no_memory(error, "a device", sizeof *extended) : status;
    status = session->backends[index]->extend(session->backend_states[index], device, limits,
                                              extended, error);
    if (status != GF_OK) {
        free(extended);
        return status;
    }
    extended->extends = device;
    extended->most_bytes = limits->total;
    session->extended[session->extended_count++] = *made = extended;
    return GF_OK;
}

gf_status gf_session_extend(gf_session *session, gf_device *device, const gf_memory_limits *limits,
                            gf_device **made, gf_error *error) {
    const size_t index = find_extending(session);
    *made = NULL;
    if (index == session->backend_count)
        return GF_OK;
    for (size_t i = 0; i < session->extended_count; i++) {
        gf_device *there = session->extended[i];
        if (there->extends == device && there->most_bytes == limits->total) {
            *made = there;
            return GF_OK;
        }
    }
    const gf_status status = ask_extending(session, index, error);
    return status == GF_OK ? extend(session, index, device, limits, made, error) : status;
}

gf_status gf_session_choose_room(gf_session *session, gf_device *device, const gf_problem *problem,
                                 gf_device **chosen, gf_error *error) {
    const gf_memory_limits limits = gf_device_limits(device);
    gf_device *made = NULL;
    gf_status status = GF_OK;
    if (!gf_device_has_room(device, problem))
        status = gf_session_extend(session, device, &limits, &made, error);
    *chosen = made == NULL ? device : made;
    return status;
}
