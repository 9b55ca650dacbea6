#include "backends/out_of_core/visiting_device.h"

#include <stdlib.h>

#include "backends/out_of_core/visiting.h"
#include "backends/out_of_core/visiting_program.h"
#include "base/error.h"
#include "device/host_array.h"
#include "device/session.h"

static gf_status open_inner(gf_device *device, gf_error *error) {
    gf_device *inner = gf_visiting_of(device)->inner;
    inner->cancel = device->cancel;
    const gf_status status = gf_device_open(inner, error);
    inner->cancel = NULL;
    return status;
}

/* It is closed because a call has failed: the inner device can't be trusted any more. */
static void close_inner(gf_device *device) {
    gf_device_close(gf_visiting_of(device)->inner);
}

static const char *variant(const gf_device *device, const gf_workload *workload,
                           const gf_problem *problem, size_t index) {
    const gf_device *inner = gf_visiting_of(device)->inner;
    return inner->backend->variant(inner, workload, problem, index);
}

static uint64_t detour_ns(const gf_device *device) {
    const gf_device *inner = gf_visiting_of(device)->inner;
    return inner->backend->detour_ns(inner);
}

static gf_backend make_table(const gf_backend *inner) {
    gf_backend table = {.abi_version = GF_BACKEND_ABI,
                        .name = inner->name,
                        .compiles_ahead = inner->compiles_ahead,
                        .open = open_inner,
                        .close = close_inner,
                        .variant = variant,
                        .detour_ns = inner->detour_ns == NULL ? NULL : detour_ns,
                        .buffer_create = gf_host_buffer_create,
                        .buffer_release = gf_host_buffer_release,
                        .buffer_write = gf_host_buffer_write,
                        .buffer_read = gf_host_buffer_read};
    gf_visiting_program_slots(inner, &table);
    return table;
}

gf_status gf_visiting_extend(void *state, gf_device *device, const gf_memory_limits *limits,
                             gf_device *made, gf_error *error) {
    gf_visiting **all = state;
    gf_visiting *visiting = calloc(1, sizeof *visiting);
    if (visiting == NULL)
        return gf_error_no_memory(error, "a device", sizeof *visiting);
    visiting->inner = device;
    visiting->limits = *limits;
    visiting->table = make_table(device->backend);
    visiting->following = *all;
    *all = visiting;
    *made = (gf_device){
        .info = device->info, .backend = &visiting->table, .state = visiting, .is_remote = false};
    return GF_OK;
}
