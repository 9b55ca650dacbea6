#include "measure/guards/run_guards.h"

#include <string.h>

#include "base/error.h"
#include "problem/problem.h"

/* The kernels of this library are tested. A simulator finds out more, and guards would hide it. */
static bool is_guarded(const gf_run *run) {
    return gf_run_problem(run)->workload->path != NULL &&
           gf_run_context(run)->session->options.simulator_log == NULL;
}

size_t gf_run_guard_room(const gf_run *run) {
    return is_guarded(run) ? GF_GUARD_BYTES : 0;
}

static char *end_of(const gf_run *run, uint32_t index) {
    return (char *)run->host[index].memory + run->buffers[index].bytes;
}

static size_t slack(const gf_run *run, uint32_t index) {
    return run->host[index].room - run->buffers[index].bytes;
}

void gf_run_set_guards(gf_run *run) {
    for (uint32_t i = 0; is_guarded(run) && i < run->buffers_made; i++) {
        if (run->buffers[i].in_place)
            gf_guard_fill(end_of(run, i), slack(run, i));
    }
}

/* ---- Checking ---------------------------------------------------------- */

static gf_status refuse(const gf_run *run, uint32_t index, const gf_trespass *found,
                        const char *where, gf_error *error) {
    return gf_error_set(
        error, GF_FAILED,
        "it wrote outside of buffer %s: %llu byte%s near it %s changed, the nearest "
        "%llu bytes %s",
        gf_run_problem(run)->buffers[index].name, (unsigned long long)found->bytes,
        found->bytes == 1 ? "" : "s", found->bytes == 1 ? "is" : "are",
        (unsigned long long)found->away, where);
}

static gf_status check_buffer(gf_run *run, uint32_t index, gf_error *error) {
    gf_buffer *buffer = &run->buffers[index];
    gf_trespasses found = {{0, 0}, {0, 0}};
    gf_status status = GF_OK;
    if (buffer->in_place)
        found.behind = gf_guard_compare(end_of(run, index), slack(run, index), false);
    else if (buffer->guarded)
        status = buffer->device->backend->buffer_trespass(buffer, &found, error);
    if (status != GF_OK)
        return status;
    if (found.behind.bytes > 0)
        return refuse(run, index, &found.behind, "behind its end", error);
    return found.before.bytes > 0 ? refuse(run, index, &found.before, "before its beginning", error)
                                  : GF_OK;
}

static size_t count_changed(const char *now, const char *input, const gf_buffer_spec *spec) {
    const size_t size = gf_type_size(spec->type);
    size_t changed = 0;
    if (memcmp(now, input, spec->bytes) == 0)
        return 0;
    for (size_t i = 0; i < spec->bytes; i += size)
        changed += memcmp(now + i, input + i, size) != 0 ? 1 : 0;
    return changed;
}

static gf_status check_input(gf_run *run, uint32_t index, gf_error *error) {
    const gf_buffer_spec *spec = &gf_run_problem(run)->buffers[index];
    gf_buffer *buffer = &run->buffers[index];
    const gf_status status = buffer->device->backend->buffer_read(buffer, buffer->host, error);
    if (status != GF_OK)
        return status;
    const size_t changed = count_changed(buffer->host, gf_run_turn(run)->inputs[index], spec);
    return changed == 0
               ? GF_OK
               : gf_error_set(
                     error, GF_FAILED,
                     "it changed its input %s, %zu element%s of it; if it is meant to, give "
                     "the buffer access = inout",
                     spec->name, changed, changed == 1 ? "" : "s");
}

gf_status gf_run_check_guards(gf_run *run, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; is_guarded(run) && status == GF_OK && i < run->buffers_made; i++) {
        status = check_buffer(run, i, error);
        if (status == GF_OK && gf_run_problem(run)->buffers[i].access == GF_ACCESS_IN)
            status = check_input(run, i, error);
    }
    return status;
}
