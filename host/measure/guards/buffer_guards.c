#include "measure/guards/buffer_guards.h"

/* A simulator finds out more, and guards would hide it. */
bool gf_has_guards(const gf_session *session) {
    return session->options.simulator_log == NULL;
}

/* The kernels of this library are tested, and memory of a device begins differently with a guard
 * before it. */
bool gf_distrusts_kernels(const gf_session *session, const gf_problem *problem) {
    return problem->workload->path != NULL && gf_has_guards(session);
}

static char *end_of(const gf_buffer *buffer, const gf_host_array *array) {
    return (char *)array->memory + buffer->bytes;
}

void gf_guard_buffer(const gf_buffer *buffer, const gf_host_array *array) {
    if (buffer->in_place)
        gf_guard_fill(end_of(buffer, array), array->room - buffer->bytes);
}

gf_status gf_guard_find(gf_buffer *buffer, const gf_host_array *array, gf_trespasses *found,
                        gf_error *error) {
    *found = (gf_trespasses){{0, 0}, {0, 0}};
    if (buffer->in_place)
        found->behind = gf_guard_compare(end_of(buffer, array), array->room - buffer->bytes, false);
    else if (buffer->guarded)
        return buffer->device->backend->buffer_trespass(buffer, found, error);
    return GF_OK;
}
