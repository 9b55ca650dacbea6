/* Arrays, buffers and transfers of a fake backend (fake_backend.h). */
#pragma once

#include "fake_machine.h"

static inline void fake_transfer(fake_device *fake, uint64_t latency_ns, size_t bytes) {
    fake_time_ns += latency_ns;
    if (fake->bytes_per_ns > 0)
        fake_time_ns += (uint64_t)((double)bytes / fake->bytes_per_ns);
}

static inline gf_status fake_host_array_create(gf_host_array *array, size_t bytes,
                                               gf_error *error) {
    fake_device *fake = fake_device_of(array->device);
    fake_misuse(fake, "host_array_create on a closed device", !fake->is_open);
    if (fake_enter(fake, FAKE_HOST_ARRAY_CREATE) == FAKE_FAILS)
        return fake_failure(fake, FAKE_HOST_ARRAY_CREATE, error);
    if (fake->calls[FAKE_HOST_ARRAY_CREATE] > fake->pinned_arrays)
        return GF_OK;
    array->memory = array->handle = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (array->memory == NULL)
        return gf_error_no_memory(error, "a fake array", bytes);
    array->kind = "pinned";
    fake->arrays_alive++;
    return GF_OK;
}

static inline void fake_host_array_release(gf_host_array *array) {
    fake_device *fake = fake_device_of(array->device);
    (void)fake_enter(fake, FAKE_HOST_ARRAY_RELEASE);
    fake_misuse(fake, "host array released twice", fake->arrays_alive == 0);
    fake_misuse(fake, "not the array that was made", array->memory != array->handle);
    free(array->memory);
    fake->arrays_alive--;
}

static inline gf_status fake_buffer_create(gf_buffer *buffer, gf_error *error) {
    fake_device *fake = fake_device_of(buffer->device);
    fake_misuse(fake, "buffer_create on a closed device", !fake->is_open);
    fake_misuse(fake, "buffer_create of no bytes", buffer->bytes == 0 || buffer->host == NULL);
    fake_time_ns += fake->create_ns;
    if (fake_enter(fake, FAKE_BUFFER_CREATE) == FAKE_FAILS)
        return fake_failure(fake, FAKE_BUFFER_CREATE, error);
    buffer->in_place = fake->in_place;
    buffer->handle = buffer->host;
    if (!fake->in_place && !fake->copies_nothing) {
        buffer->handle = aligned_alloc(64, (buffer->bytes + 63) / 64 * 64);
        if (buffer->handle == NULL)
            return gf_error_no_memory(error, "a fake buffer", buffer->bytes);
        memset(buffer->handle, 0x5a, buffer->bytes);
    }
    fake->buffers_alive++;
    return GF_OK;
}

static inline void fake_buffer_release(gf_buffer *buffer) {
    fake_device *fake = fake_device_of(buffer->device);
    (void)fake_enter(fake, FAKE_BUFFER_RELEASE);
    fake_misuse(fake, "buffer_release on a closed device", !fake->is_open);
    fake_misuse(fake, "buffer released twice", buffer->handle == NULL || fake->buffers_alive == 0);
    if (buffer->handle != buffer->host)
        free(buffer->handle);
    buffer->handle = NULL;
    fake->buffers_alive--;
}

static inline void fake_check_transfer(fake_device *fake, const gf_buffer *buffer) {
    fake_misuse(fake, "transfer on a closed device", !fake->is_open);
    fake_misuse(fake, "transfer of a released buffer", buffer->handle == NULL);
    fake_misuse(fake, "transfer between launch and finish", fake->is_busy);
    fake_misuse(fake, "transfer after a failed launch", fake->is_lost);
}

static inline gf_status fake_buffer_claim(gf_buffer *buffer, gf_error *error) {
    fake_device *fake = fake_device_of(buffer->device);
    fake_check_transfer(fake, buffer);
    if (fake_enter(fake, FAKE_BUFFER_CLAIM) == FAKE_FAILS)
        return fake_failure(fake, FAKE_BUFFER_CLAIM, error);
    return GF_OK;
}

static inline gf_status fake_buffer_write(gf_buffer *buffer, const void *source, gf_error *error) {
    fake_device *fake = fake_device_of(buffer->device);
    fake_check_transfer(fake, buffer);
    fake_transfer(fake, fake->h2d_latency_ns, buffer->bytes);
    fake->bytes_up += buffer->bytes;
    const fake_effect effect = fake_enter(fake, FAKE_BUFFER_WRITE);
    if (effect == FAKE_FAILS)
        return fake_failure(fake, FAKE_BUFFER_WRITE, error);
    char *memory = (char *)buffer->handle + buffer->first;
    if (effect != FAKE_DOES_NOTHING && source != memory)
        gf_buffer_copy(buffer, memory, source);
    return GF_OK;
}

static inline gf_status fake_buffer_read(gf_buffer *buffer, void *target, gf_error *error) {
    fake_device *fake = fake_device_of(buffer->device);
    fake_check_transfer(fake, buffer);
    fake_transfer(fake, fake->d2h_latency_ns, buffer->bytes);
    fake->bytes_down += buffer->bytes;
    const fake_effect effect = fake_enter(fake, FAKE_BUFFER_READ);
    if (effect == FAKE_FAILS)
        return fake_failure(fake, FAKE_BUFFER_READ, error);
    const char *memory = (const char *)buffer->handle + buffer->first;
    if (effect != FAKE_DOES_NOTHING && target != memory)
        gf_buffer_copy(buffer, target, memory);
    return GF_OK;
}
