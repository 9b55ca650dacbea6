#include "measure/call/call_memory.h"

#include <string.h>

#include "device/host_array.h"
#include "device/trip.h"

/* What kernels rely on besides the alignment of their numbers: those of this library on whole cache
 * lines, as its own arrays have them; those of users, which may read vectors, on malloc's. */
#define ALIGNMENT_OF_OURS  64
#define ALIGNMENT_OF_USERS 16

static const gf_backend *backend_of(const gf_call *call) {
    return call->run.device->backend;
}

/* ---- Buffers ------------------------------------------------------------ */

void gf_call_release_buffer(gf_call *call, size_t index) {
    if (call->arrays[index].has_buffer)
        backend_of(call)->buffer_release(&call->run.buffers[index]);
    call->arrays[index].has_buffer = false;
}

static gf_status make_buffer(gf_call *call, size_t index, void *host, bool foreign,
                             gf_error *error) {
    const gf_buffer_spec *spec = &call->problem->buffers[index];
    gf_buffer *buffer = &call->run.buffers[index];
    *buffer = (gf_buffer){.device = call->run.device,
                          .bytes = spec->bytes,
                          .access = spec->access,
                          .host = host,
                          .foreign = foreign};
    const gf_status status = backend_of(call)->buffer_create(buffer, error);
    call->arrays[index].has_buffer = status == GF_OK;
    return status;
}

static bool is_aligned(const gf_call *call, const void *memory) {
    const bool ours = call->problem->workload->stem != NULL;
    return (uintptr_t)memory % (ours ? ALIGNMENT_OF_OURS : ALIGNMENT_OF_USERS) == 0;
}

/* Of the caller's memory only what is in place serves transfers: other memory is pinned for them,
 * or known to the driver's process. */
static gf_status make_direct(gf_call *call, size_t index, bool *made, gf_error *error) {
    const gf_call_array *array = &call->arrays[index];
    const bool ours = array->is_shared && array->memory == array->allocated.memory;
    *made = false;
    if (!ours && (call->is_apart || !is_aligned(call, array->memory)))
        return GF_OK;
    const gf_status status = make_buffer(call, index, array->memory, !ours, error);
    *made = status == GF_OK && (ours || call->run.buffers[index].in_place);
    if (status == GF_OK && !*made) {
        gf_call_release_buffer(call, index);
        call->is_apart = true;
    }
    return status;
}

static gf_status make_staged(gf_call *call, size_t index, gf_error *error) {
    const gf_buffer_spec *spec = &call->problem->buffers[index];
    gf_host_array *host = &call->run.host[index];
    gf_status status = GF_OK;
    if (host->memory == NULL)
        status = gf_host_array_create(call->run.device, spec->name, spec->bytes,
                                      call->options.cancel, host, error);
    if (status == GF_OK)
        status = make_buffer(call, index, host->memory, false, error);
    call->arrays[index].is_staged = call->arrays[index].memory != NULL;
    return status;
}

static gf_status place(gf_call *call, size_t index, gf_error *error) {
    gf_call_array *array = &call->arrays[index];
    bool made = false;
    gf_status status = GF_OK;
    array->is_staged = false;
    if (array->memory != NULL)
        status = make_direct(call, index, &made, error);
    return status == GF_OK && !made ? make_staged(call, index, error) : status;
}

gf_status gf_call_place_all(gf_call *call, gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < call->problem->buffer_count; i++) {
        if (!call->arrays[i].has_buffer)
            status = place(call, i, error);
    }
    return status;
}

void gf_call_take_memory(gf_call *call, size_t index, void *memory) {
    gf_call_array *array = &call->arrays[index];
    const bool stays_staged =
        array->is_staged && call->is_apart && memory != NULL && memory != array->allocated.memory;
    if (memory != array->memory && !stays_staged)
        gf_call_release_buffer(call, index);
    array->memory = memory;
}

/* ---- Copies ------------------------------------------------------------- */

/* Memory that a device may own; without this slot the host may always write. */
static gf_status claim(gf_buffer *buffer, gf_error *error) {
    const gf_backend *backend = buffer->device->backend;
    return !buffer->in_place || backend->buffer_claim == NULL
               ? GF_OK
               : backend->buffer_claim(buffer, error);
}

gf_status gf_call_stage_in(gf_call *call, uint64_t *copied_bytes, gf_error *error) {
    for (uint32_t i = 0; i < call->problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &call->problem->buffers[i];
        if (!call->arrays[i].is_staged || !gf_goes_up(spec->access))
            continue;
        const gf_status status = claim(&call->run.buffers[i], error);
        if (status != GF_OK)
            return status;
        memcpy(call->run.buffers[i].host, call->arrays[i].memory, spec->bytes);
        *copied_bytes += spec->bytes;
    }
    return GF_OK;
}

void gf_call_stage_out(gf_call *call, bool swapped, uint64_t *copied_bytes) {
    for (uint32_t i = 0; i < call->problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &call->problem->buffers[i];
        const void *content = call->run.buffers[gf_trip_content(call->problem, i, swapped)].host;
        if (!gf_comes_down(spec->access) || content == call->arrays[i].memory)
            continue;
        memcpy(call->arrays[i].memory, content, spec->bytes);
        *copied_bytes += spec->bytes;
    }
}

gf_status gf_call_claim_all(gf_call *call, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < call->problem->buffer_count; i++) {
        if (call->arrays[i].memory != NULL)
            status = claim(&call->run.buffers[i], error);
    }
    return status;
}

bool gf_call_is_in_place(const gf_call *call) {
    for (uint32_t i = 0; i < call->problem->buffer_count; i++) {
        if (!call->run.buffers[i].in_place)
            return false;
    }
    return true;
}
