/* Buffers are of two kinds.
 *
 * In place (devices that share the host's memory): the memory object uses the memory at
 * buffer->host. It is mapped, and so the host's, from its creation and from each read until the
 * next write or launch, which unmaps it and so hands it to the device. Nothing is copied. Separate
 * (all other devices): the driver's own memory, with blocking copies. */
#include "backends/opencl/runtime/cl_buffer.h"
#include "backends/opencl/cl/cl_device.h"
#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/runtime/cl_guard.h"
#include "backends/opencl/runtime/cl_handover.h"
#include "base/error.h"
#include "device/host_array.h"

#include <stdlib.h>
#include <string.h>

typedef struct cl_buffer {
    cl_mem memory;
    cl_mem whole; /* with guards before and behind `memory`; NULL: it has none */
    void *mapped; /* NULL: the buffer is the device's. All of it is mapped, for any part */
    size_t bytes;
} cl_buffer;

static cl_mem_flags access_flags(gf_access access) {
    if (access == GF_ACCESS_IN)
        return CL_MEM_READ_ONLY;
    return access == GF_ACCESS_OUT ? CL_MEM_WRITE_ONLY : CL_MEM_READ_WRITE;
}

static gf_status map_buffer(const gf_buffer *buffer, cl_map_flags flags, gf_error *error) {
    cl_buffer *state = buffer->handle;
    if (state->mapped != NULL)
        return GF_OK;
    gf_cl_device *device = gf_cl_device_of(buffer->device);
    cl_int code = CL_SUCCESS;
    void *mapped = clEnqueueMapBuffer(device->queue, state->memory, CL_TRUE, flags, 0, state->bytes,
                                      0, NULL, NULL, &code);
    if (code == CL_SUCCESS)
        state->mapped = mapped;
    (void)gf_cl_handover_take_ns(&device->up); /* it came before, and no launch was told of it */
    return gf_cl_check(error, code, "mapping a buffer of %zu bytes on device %s", buffer->bytes,
                       device->number);
}

/* Of a command that has failed, for which some drivers make one all the same. */
static void forget_event(cl_event *event) {
    if (event != NULL && *event != NULL)
        clReleaseEvent(*event);
}

/* Enqueues only: the queue is in order, so every later command finds the buffer unmapped. `event`:
 * NULL, or where the command's is put. */
static gf_status unmap_with(const gf_buffer *buffer, cl_event *event, gf_error *error) {
    cl_buffer *state = buffer->handle;
    const gf_cl_device *device = gf_cl_device_of(buffer->device);
    const cl_int code =
        clEnqueueUnmapMemObject(device->queue, state->memory, state->mapped, 0, NULL, event);
    if (code == CL_SUCCESS)
        state->mapped = NULL;
    else
        forget_event(event);
    return gf_cl_check(error, code, "unmapping a buffer on device %s", device->number);
}

static gf_status unmap_buffer(const gf_buffer *buffer, gf_error *error) {
    const cl_buffer *state = buffer->handle;
    return state->mapped == NULL ? GF_OK : unmap_with(buffer, NULL, error);
}

static gf_status wait_for_queue(const gf_buffer *buffer, const char *what, gf_error *error) {
    const gf_cl_device *device = gf_cl_device_of(buffer->device);
    return gf_cl_check(error, clFinish(device->queue), "%s a buffer of %zu bytes on device %s",
                       what, buffer->bytes, device->number);
}

/* Drivers use the host's memory itself only in whole cache lines; host arrays are padded to that,
 * but for those of the library's user. */
static size_t padded_size(const gf_buffer *buffer) {
    const size_t line = buffer->foreign ? 1 : 64;
    return (buffer->bytes + line - 1) / line * line;
}

static gf_status make_memory(const gf_buffer *buffer, cl_mem_flags flags, void *host,
                             gf_error *error) {
    cl_buffer *state = buffer->handle;
    const gf_cl_device *device = gf_cl_device_of(buffer->device);
    cl_int code = CL_SUCCESS;
    state->memory = clCreateBuffer(device->context, access_flags(buffer->access) | flags,
                                   host == NULL ? buffer->bytes : padded_size(buffer), host, &code);
    return gf_cl_check(error, code, "making a buffer of %zu bytes on device %s", buffer->bytes,
                       device->number);
}

/* GF_OK with buffer->in_place still false: this driver puts the memory elsewhere. */
static gf_status create_in_place(gf_buffer *buffer, gf_error *error) {
    cl_buffer *state = buffer->handle;
    gf_status status = make_memory(buffer, CL_MEM_USE_HOST_PTR, buffer->host, error);
    if (status == GF_OK)
        status = map_buffer(buffer, CL_MAP_READ | CL_MAP_WRITE, error);
    if (status != GF_OK)
        return status;
    if (state->mapped == buffer->host) {
        gf_host_touch(buffer);
        buffer->in_place = true;
        return GF_OK;
    }
    status = unmap_buffer(buffer, error);
    if (status == GF_OK)
        status = wait_for_queue(buffer, "unmapping", error);
    clReleaseMemObject(state->memory);
    state->memory = NULL;
    return status;
}

/* Drivers promise memory and fail at its first use, so this is the first use: it reads a byte from
 * each 2 MiB, the largest page of common devices, and from the end. It does not use
 * clEnqueueFillBuffer or small writes, because after those Oclgrind 21.10 takes the buffer for
 * uninitialised whatever follows. The byte is static, because reads may still be under way after
 * the return when waiting fails. */
static gf_status touch_device(const gf_buffer *buffer, gf_error *error) {
    static const size_t step = (size_t)2 << 20;
    static unsigned char byte;
    const cl_buffer *state = buffer->handle;
    const gf_cl_device *device = gf_cl_device_of(buffer->device);
    const size_t last = buffer->bytes - 1;
    cl_int code = CL_SUCCESS;
    bool ended = false;
    for (size_t at = 0; !ended && code == CL_SUCCESS; at = last - at > step ? at + step : last) {
        code = clEnqueueReadBuffer(device->queue, state->memory, CL_FALSE, at, sizeof byte, &byte,
                                   0, NULL, NULL);
        ended = at == last;
    }
    const gf_status status = wait_for_queue(buffer, "first use of", error);
    if (code != CL_SUCCESS)
        return gf_cl_check(error, code, "first use of a buffer of %zu bytes on device %s",
                           buffer->bytes, device->number);
    return status;
}

static gf_status create_apart(gf_buffer *buffer, gf_error *error) {
    cl_buffer *state = buffer->handle;
    gf_status status = GF_OK;
    if (buffer->guarded)
        status = gf_cl_guard_create(buffer, access_flags(buffer->access), &state->whole,
                                    &state->memory, error);
    buffer->guarded = state->whole != NULL;
    if (status == GF_OK && state->memory == NULL)
        status = make_memory(buffer, 0, NULL, error);
    return status == GF_OK ? touch_device(buffer, error) : status;
}

gf_status gf_cl_buffer_create(gf_buffer *buffer, gf_error *error) {
    const gf_cl_device *device = gf_cl_device_of(buffer->device);
    const uint64_t limit = buffer->device->info.max_alloc_bytes;
    if (limit > 0 && buffer->bytes > limit)
        return gf_error_set(error, GF_UNSUPPORTED,
                            "a buffer of %zu bytes exceeds the largest that device %s allows, "
                            "%llu bytes; use a smaller problem",
                            buffer->bytes, device->number, (unsigned long long)limit);
    buffer->handle = calloc(1, sizeof(cl_buffer));
    if (buffer->handle == NULL)
        return gf_error_no_memory(error, "an OpenCL buffer", sizeof(cl_buffer));
    ((cl_buffer *)buffer->handle)->bytes = buffer->bytes;
    buffer->in_place = false;
    gf_status status = GF_OK;
    if (device->shares_memory && buffer->host != NULL)
        status = create_in_place(buffer, error);
    if (status == GF_OK && !buffer->in_place)
        status = create_apart(buffer, error);
    if (status != GF_OK)
        gf_cl_buffer_release(buffer);
    return status;
}

void gf_cl_buffer_release(gf_buffer *buffer) {
    cl_buffer *state = buffer->handle;
    gf_error ignored = GF_ERROR_INIT;
    if (state->mapped != NULL && unmap_buffer(buffer, &ignored) == GF_OK)
        (void)wait_for_queue(buffer, "unmapping", &ignored);
    gf_error_clear(&ignored);
    if (state->memory != NULL)
        clReleaseMemObject(state->memory);
    if (state->whole != NULL)
        clReleaseMemObject(state->whole);
    free(state);
    buffer->handle = NULL;
    buffer->in_place = false;
}

gf_status gf_cl_buffer_trespass(gf_buffer *buffer, gf_trespasses *found, gf_error *error) {
    const cl_buffer *state = buffer->handle;
    *found = (gf_trespasses){{0, 0}, {0, 0}};
    return state->whole == NULL ? GF_OK : gf_cl_guard_read(buffer, state->whole, found, error);
}

gf_status gf_cl_buffer_claim(gf_buffer *buffer, gf_error *error) {
    return buffer->in_place ? map_buffer(buffer, CL_MAP_READ | CL_MAP_WRITE, error) : GF_OK;
}

/* Unmaps beside the launch to come, or, where that can't be timed, waits. */
static gf_status hand_over(const gf_buffer *buffer, gf_error *error) {
    const cl_buffer *state = buffer->handle;
    gf_cl_device *device = gf_cl_device_of(buffer->device);
    cl_event *event = gf_cl_handover_is_timed(device) ? gf_cl_handover_next(&device->up) : NULL;
    if (event == NULL) {
        const gf_status status = unmap_buffer(buffer, error);
        return status == GF_OK ? wait_for_queue(buffer, "writing", error) : status;
    }
    if (state->mapped == NULL)
        return GF_OK;
    const gf_status status = unmap_with(buffer, event, error);
    if (status == GF_OK)
        gf_cl_handover_add(&device->up);
    return status;
}

/* The host has written in place to a mapped (claimed) buffer: unmapping hands it over. */
static gf_status write_in_place(gf_buffer *buffer, const void *source, gf_error *error) {
    gf_status status = GF_OK;
    char *memory = (char *)buffer->host + buffer->first;
    if (source != memory) {
        status = map_buffer(buffer, CL_MAP_READ | CL_MAP_WRITE, error);
        if (status == GF_OK)
            gf_buffer_copy(buffer, memory, source);
    }
    return status == GF_OK ? hand_over(buffer, error) : status;
}

gf_status gf_cl_buffer_map_after(gf_buffer *buffer, cl_event *event, gf_error *error) {
    cl_buffer *state = buffer->handle;
    const gf_cl_device *device = gf_cl_device_of(buffer->device);
    cl_int code = CL_SUCCESS;
    void *mapped =
        clEnqueueMapBuffer(device->queue, state->memory, CL_FALSE, CL_MAP_READ | CL_MAP_WRITE, 0,
                           state->bytes, 0, NULL, event, &code);
    if (code == CL_SUCCESS)
        state->mapped = mapped;
    else
        forget_event(event);
    return gf_cl_check(error, code, "mapping a buffer of %zu bytes on device %s", buffer->bytes,
                       device->number);
}

/* A rectangle, as OpenCL has them: its lines are the rows of an area `pitch` bytes wide. */
typedef struct area {
    size_t origin[3], host_origin[3], region[3];
} area;

static area area_of(const gf_buffer *buffer) {
    return (area){.origin = {buffer->first % buffer->pitch, buffer->first / buffer->pitch, 0},
                  .region = {buffer->bytes, buffer->lines, 1}};
}

static cl_int write_bytes(const gf_buffer *buffer, const void *source) {
    const cl_buffer *state = buffer->handle;
    cl_command_queue queue = gf_cl_device_of(buffer->device)->queue;
    if (buffer->lines < 2)
        return clEnqueueWriteBuffer(queue, state->memory, CL_TRUE, buffer->first, buffer->bytes,
                                    source, 0, NULL, NULL);
    const area to = area_of(buffer);
    return clEnqueueWriteBufferRect(queue, state->memory, CL_TRUE, to.origin, to.host_origin,
                                    to.region, buffer->pitch, 0, buffer->pitch, 0, source, 0, NULL,
                                    NULL);
}

static cl_int read_bytes(const gf_buffer *buffer, void *target) {
    const cl_buffer *state = buffer->handle;
    cl_command_queue queue = gf_cl_device_of(buffer->device)->queue;
    if (buffer->lines < 2)
        return clEnqueueReadBuffer(queue, state->memory, CL_TRUE, buffer->first, buffer->bytes,
                                   target, 0, NULL, NULL);
    const area from = area_of(buffer);
    return clEnqueueReadBufferRect(queue, state->memory, CL_TRUE, from.origin, from.host_origin,
                                   from.region, buffer->pitch, 0, buffer->pitch, 0, target, 0, NULL,
                                   NULL);
}

gf_status gf_cl_buffer_write(gf_buffer *buffer, const void *source, gf_error *error) {
    if (buffer->in_place)
        return write_in_place(buffer, source, error);
    return gf_cl_check(error, write_bytes(buffer, source), "writing %zu bytes to device %s",
                       buffer->bytes, gf_cl_device_of(buffer->device)->number);
}

gf_status gf_cl_buffer_read(gf_buffer *buffer, void *target, gf_error *error) {
    if (buffer->in_place) {
        const gf_status status = map_buffer(buffer, CL_MAP_READ | CL_MAP_WRITE, error);
        const char *memory = (const char *)buffer->host + buffer->first;
        if (status == GF_OK && target != memory)
            gf_buffer_copy(buffer, target, memory);
        return status;
    }
    return gf_cl_check(error, read_bytes(buffer, target), "reading %zu bytes from device %s",
                       buffer->bytes, gf_cl_device_of(buffer->device)->number);
}

gf_status gf_cl_buffer_for_kernel(gf_buffer *buffer, cl_mem *memory, gf_error *error) {
    const cl_buffer *state = buffer->handle;
    *memory = state->memory;
    return unmap_buffer(buffer, error);
}
