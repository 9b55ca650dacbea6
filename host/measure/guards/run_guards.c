#include "measure/guards/run_guards.h"

#include <string.h>

#include "base/error.h"
#include "measure/guards/buffer_guards.h"
#include "problem/problem.h"

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
    gf_trespasses found;
    const gf_status status = gf_guard_find(buffer, &run->host[index], &found, error);
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
    const gf_session *session = gf_run_context(run)->session;
    const bool distrusted = gf_distrusts_kernels(session, gf_run_problem(run));
    gf_status status = GF_OK;
    if (!gf_has_guards(session))
        return GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < run->buffers_made; i++) {
        status = check_buffer(run, i, error);
        if (status == GF_OK && distrusted && gf_run_problem(run)->buffers[i].access == GF_ACCESS_IN)
            status = check_input(run, i, error);
    }
    return status;
}
