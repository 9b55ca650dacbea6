/* Arrays, buffers and transfers of a fake backend (fake_backend.h). */
#ifndef GF_FAKE_BUFFERS_H
#define GF_FAKE_BUFFERS_H

#include "fake_machine.h"

static inline void fake_transfer(fake_device *own, uint64_t latency_ns, size_t bytes) {
    fake_time_ns += latency_ns;
    if (own->bytes_per_ns > 0)
        fake_time_ns += bytes / own->bytes_per_ns;
}

static inline gf_status fake_host_array_create(gf_host_array *array, size_t bytes,
                                               gf_error *error) {
    fake_device *own = fake_device_of(array->device);
    fake_misuse(own, "host_array_create on a closed device", !own->is_open);
    if (fake_enter(own, FAKE_HOST_ARRAY_CREATE) == FAKE_FAILS)
        return fake_failure(own, FAKE_HOST_ARRAY_CREATE, error);
    if (own->calls[FAKE_HOST_ARRAY_CREATE] > own->pinned_arrays)
        return GF_OK;
    array->memory = array->handle = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (array->memory == NULL)
        return gf_error_no_memory(error, "a fake array", bytes);
    array->kind = "pinned";
    own->arrays_alive++;
    return GF_OK;
}

static inline void fake_host_array_release(gf_host_array *array) {
    fake_device *own = fake_device_of(array->device);
    (void)fake_enter(own, FAKE_HOST_ARRAY_RELEASE);
    fake_misuse(own, "host array released twice", own->arrays_alive == 0);
    fake_misuse(own, "not the array that was made", array->memory != array->handle);
    free(array->memory);
    own->arrays_alive--;
}

static inline gf_status fake_buffer_create(gf_buffer *buffer, gf_error *error) {
    fake_device *own = fake_device_of(buffer->device);
    fake_misuse(own, "buffer_create on a closed device", !own->is_open);
    fake_misuse(own, "buffer_create of no bytes", buffer->bytes == 0 || buffer->host == NULL);
    fake_time_ns += own->create_ns;
    if (fake_enter(own, FAKE_BUFFER_CREATE) == FAKE_FAILS)
        return fake_failure(own, FAKE_BUFFER_CREATE, error);
    buffer->in_place = own->in_place;
    buffer->handle = buffer->host;
    if (!own->in_place) {
        buffer->handle = aligned_alloc(64, (buffer->bytes + 63) / 64 * 64);
        if (buffer->handle == NULL)
            return gf_error_no_memory(error, "a fake buffer", buffer->bytes);
        memset(buffer->handle, 0x5a, buffer->bytes);
    }
    own->buffers_alive++;
    return GF_OK;
}

static inline void fake_buffer_release(gf_buffer *buffer) {
    fake_device *own = fake_device_of(buffer->device);
    (void)fake_enter(own, FAKE_BUFFER_RELEASE);
    fake_misuse(own, "buffer_release on a closed device", !own->is_open);
    fake_misuse(own, "buffer released twice", buffer->handle == NULL || own->buffers_alive == 0);
    if (!buffer->in_place)
        free(buffer->handle);
    buffer->handle = NULL;
    own->buffers_alive--;
}

static inline void fake_check_transfer(fake_device *own, const gf_buffer *buffer) {
    fake_misuse(own, "transfer on a closed device", !own->is_open);
    fake_misuse(own, "transfer of a released buffer", buffer->handle == NULL);
    fake_misuse(own, "transfer between launch and finish", own->is_busy);
    fake_misuse(own, "transfer after a failed launch", own->is_lost);
}

static inline gf_status fake_buffer_claim(gf_buffer *buffer, gf_error *error) {
    fake_device *own = fake_device_of(buffer->device);
    fake_check_transfer(own, buffer);
    if (fake_enter(own, FAKE_BUFFER_CLAIM) == FAKE_FAILS)
        return fake_failure(own, FAKE_BUFFER_CLAIM, error);
    return GF_OK;
}

static inline gf_status fake_buffer_write(gf_buffer *buffer, const void *source, gf_error *error) {
    fake_device *own = fake_device_of(buffer->device);
    fake_check_transfer(own, buffer);
    fake_transfer(own, own->h2d_latency_ns, buffer->bytes);
    own->bytes_up += buffer->bytes;
    const fake_effect effect = fake_enter(own, FAKE_BUFFER_WRITE);
    if (effect == FAKE_FAILS)
        return fake_failure(own, FAKE_BUFFER_WRITE, error);
    if (effect != FAKE_DOES_NOTHING && source != buffer->handle)
        memcpy(buffer->handle, source, buffer->bytes);
    return GF_OK;
}

static inline gf_status fake_buffer_read(gf_buffer *buffer, void *target, gf_error *error) {
    fake_device *own = fake_device_of(buffer->device);
    fake_check_transfer(own, buffer);
    fake_transfer(own, own->d2h_latency_ns, buffer->bytes);
    own->bytes_down += buffer->bytes;
    const fake_effect effect = fake_enter(own, FAKE_BUFFER_READ);
    if (effect == FAKE_FAILS)
        return fake_failure(own, FAKE_BUFFER_READ, error);
    if (effect != FAKE_DOES_NOTHING && target != buffer->handle)
        memcpy(target, buffer->handle, buffer->bytes);
    return GF_OK;
}

#endif
