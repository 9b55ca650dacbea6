/* The native backend: this process's CPU, through OpenMP and SIMD kernels. Its device has no driver
 * and needs no opening; its buffers are the host's own memory. */
#include <stdlib.h>
#include <string.h>

#include "backends/native/diagnose.h"
#include "backends/native/native_device.h"
#include "backends/native/program.h"
#include "base/error.h"
#include "device/host_array.h"

static gf_status open_device(gf_device *device, gf_error *error) {
    (void)device;
    (void)error;
    return GF_OK;
}

static void close_device(gf_device *device) {
    (void)device;
}

static gf_status buffer_create(gf_buffer *buffer, gf_error *error) {
    if (buffer->host == NULL) /* a request to a worker may name no array */
        return gf_error_set(error, GF_FAILED,
                            "a buffer of the native device is an array of the host, and none was "
                            "given");
    gf_host_touch(buffer);
    buffer->handle = buffer->host;
    buffer->in_place = true;
    return GF_OK;
}

static void buffer_release(gf_buffer *buffer) {
    buffer->handle = NULL;
}

static gf_status buffer_write(gf_buffer *buffer, const void *source, gf_error *error) {
    (void)error;
    char *memory = (char *)buffer->handle + buffer->first;
    if (source != memory)
        gf_buffer_copy(buffer, memory, source);
    return GF_OK;
}

static gf_status buffer_read(gf_buffer *buffer, void *target, gf_error *error) {
    (void)error;
    const char *memory = (const char *)buffer->handle + buffer->first;
    if (target != memory)
        gf_buffer_copy(buffer, target, memory);
    return GF_OK;
}

static bool knows_variant(const gf_workload *workload, const char *variant) {
    uint32_t kind;
    bool one_thread;
    return gf_native_variant_parse(variant, &kind, &one_thread) &&
           (kind == GF_NATIVE_LOADED) == (workload->load_cpu_kernel != NULL);
}

const gf_backend gf_backend_native = {
    .abi_version = GF_BACKEND_ABI,
    .name = "native",
    .prompt = true,
    .compiles_ahead = true,
    .order = 0,
    .enumerate = gf_native_enumerate,
    .shut_down = gf_native_shut_down,
    .open = open_device,
    .close = close_device,
    .variant = gf_native_variant,
    .knows_variant = knows_variant,
    .contestants = gf_native_contestants,
    .buffer_create = buffer_create,
    .buffer_release = buffer_release,
    .buffer_write = buffer_write,
    .buffer_read = buffer_read,
    .tunables = gf_native_tunables,
    .tuning_key = gf_native_tuning_key,
    .prepare = gf_native_prepare,
    .program_release = gf_native_program_release,
    .program_note = gf_native_program_note,
    .lane_group = gf_native_lane_group,
    .build_history = gf_native_build_history,
    .launch = gf_native_launch,
    .finish = gf_native_finish,
    .settle = gf_native_settle,
    .diagnose = gf_native_diagnose,
};
