#include "worker/proxy/proxy_memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "worker/proxy/proxy_state.h"

/* Making and moving memory may take this long, and more for each byte: no bus is slower. */
#define LEAST_S     60.0
#define BYTES_PER_S 1e7

typedef struct proxy_buffer {
    uint32_t number, generation;
} proxy_buffer;

static uint64_t now_ns(void) {
    const gf_clock clock = gf_clock_monotonic();
    return gf_clock_now(&clock);
}

static gf_wait wait_for_bytes(const gf_proxy_device *device, size_t bytes) {
    return gf_proxy_wait(device, LEAST_S + (double)bytes / BYTES_PER_S);
}

static gf_status call(gf_proxy_device *device, int descriptor, const gf_wait *wait, gf_wire **reply,
                      gf_error *error) {
    return gf_worker_call(&device->host->worker, descriptor, wait, reply, error);
}

static gf_status check(gf_proxy_device *device, const gf_wait *wait, const gf_wire *reply,
                       gf_error *error) {
    return gf_worker_check(&device->host->worker, wait, reply, error);
}

/* ---- Arrays ------------------------------------------------------------ */

static uint32_t array_number(const gf_proxy_host *host, const gf_proxy_array *array) {
    return array == NULL ? GF_WORKER_OBJECTS : (uint32_t)(array - host->arrays);
}

static gf_proxy_array *free_array(gf_proxy_host *host, gf_error *error) {
    for (size_t i = 0; i < GF_WORKER_OBJECTS; i++) {
        if (host->arrays[i].region.memory == NULL)
            return &host->arrays[i];
    }
    gf_error_set(error, GF_FAILED, "more than %d shared arrays", GF_WORKER_OBJECTS);
    return NULL;
}

/* The array at this place; NULL: the memory is not shared. */
static gf_proxy_array *find_array(gf_proxy_host *host, const void *memory) {
    for (size_t i = 0; memory != NULL && i < GF_WORKER_OBJECTS; i++) {
        if (host->arrays[i].region.memory == memory &&
            gf_proxy_is_current(host, host->arrays[i].generation))
            return &host->arrays[i];
    }
    return NULL;
}

/* Makes memory and has the worker map it. `plain`: without the backend's own kind in its place,
 * which is *staged. */
static gf_status share_array(gf_device *device, size_t bytes, bool plain, gf_proxy_array **array,
                             bool *staged, char *kind, size_t kind_size, gf_error *error) {
    gf_proxy_device *state = gf_proxy_device_of(device);
    gf_status status = gf_proxy_ensure_open(device, error);
    if (status != GF_OK)
        return status;
    gf_proxy_array *made = free_array(state->host, error);
    if (made == NULL)
        return error->status;
    gf_region region;
    status = gf_region_create(bytes, &region, error);
    if (status != GF_OK)
        return status;
    gf_wire *wire = gf_worker_begin(&state->host->worker, GF_REQUEST_ARRAY_CREATE), *reply = NULL;
    gf_wire_put_u32(wire, array_number(state->host, made));
    gf_wire_put_u32(wire, state->index);
    gf_wire_put_u64(wire, region.bytes);
    gf_wire_put_u32(wire, plain);
    const gf_wait wait = wait_for_bytes(state, bytes);
    status = call(state, region.descriptor, &wait, &reply, error);
    gf_region_close(&region);
    if (status == GF_OK) {
        *staged = gf_wire_get_bool(reply);
        gf_wire_get_text(reply, kind, kind_size);
        status = check(state, &wait, reply, error);
    }
    if (status != GF_OK) {
        gf_region_release(&region);
        return status;
    }
    *made = (gf_proxy_array){region, state->host->generation};
    *array = made;
    return GF_OK;
}

static void release_array(gf_proxy_device *device, gf_proxy_array *array) {
    gf_proxy_drop(device, GF_REQUEST_ARRAY_RELEASE, array_number(device->host, array),
                  array->generation);
    gf_region_release(&array->region);
}

/* The static text for a kind of memory. */
static const char *kind_text(const char *kind) {
    return strcmp(kind, "pinned") == 0 ? "pinned" : "backend's own";
}

static gf_status host_array_create(gf_host_array *array, size_t bytes, gf_error *error) {
    gf_proxy_array *made = NULL;
    bool staged = false;
    char kind[32];
    const gf_status status =
        share_array(array->device, bytes, false, &made, &staged, kind, sizeof kind, error);
    if (status != GF_OK)
        return status;
    array->memory = made->region.memory;
    array->room = made->region.bytes;
    array->kind = staged ? kind_text(kind) : "pageable";
    array->handle = made;
    return GF_OK;
}

static void host_array_release(gf_host_array *array) {
    release_array(gf_proxy_device_of(array->device), array->handle);
}

/* ---- Buffers ----------------------------------------------------------- */

static gf_status create_in_worker(gf_buffer *buffer, uint32_t number, gf_error *error) {
    gf_proxy_device *device = gf_proxy_device_of(buffer->device);
    gf_wire *wire = gf_worker_begin(&device->host->worker, GF_REQUEST_BUFFER_CREATE), *reply = NULL;
    gf_wire_put_u32(wire, number);
    gf_wire_put_u32(wire, device->index);
    gf_wire_put_u64(wire, buffer->bytes);
    gf_wire_put_u32(wire, (uint32_t)buffer->access);
    gf_wire_put_u32(wire, buffer->guarded);
    gf_wire_put_u32(wire, array_number(device->host, find_array(device->host, buffer->host)));
    const gf_wait wait = wait_for_bytes(device, buffer->bytes);
    const gf_status status = call(device, -1, &wait, &reply, error);
    if (status != GF_OK)
        return status;
    buffer->in_place = gf_wire_get_bool(reply);
    buffer->guarded = gf_wire_get_bool(reply);
    return check(device, &wait, reply, error);
}

static gf_status buffer_create(gf_buffer *buffer, gf_error *error) {
    gf_proxy_host *host = gf_proxy_device_of(buffer->device)->host;
    gf_status status = gf_proxy_ensure_open(buffer->device, error);
    if (status != GF_OK)
        return status;
    proxy_buffer *made = malloc(sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a buffer", sizeof *made);
    *made = (proxy_buffer){gf_proxy_take_number(host->buffers, error), host->generation};
    if (made->number == GF_WORKER_OBJECTS) {
        free(made);
        return error->status;
    }
    status = create_in_worker(buffer, made->number, error);
    if (status == GF_OK) {
        buffer->handle = made;
        return GF_OK;
    }
    buffer->in_place = false;
    host->buffers[made->number] = false;
    free(made);
    return status;
}

static void buffer_release(gf_buffer *buffer) {
    gf_proxy_device *device = gf_proxy_device_of(buffer->device);
    proxy_buffer *state = buffer->handle;
    gf_proxy_drop(device, GF_REQUEST_BUFFER_RELEASE, state->number, state->generation);
    device->host->buffers[state->number] = false;
    free(state);
    buffer->handle = NULL;
    buffer->in_place = false;
}

bool gf_proxy_buffer_number(const gf_buffer *buffer, uint32_t *number) {
    const proxy_buffer *state = buffer->handle;
    *number = state->number;
    return gf_proxy_is_current(gf_proxy_device_of(buffer->device)->host, state->generation);
}

uint32_t gf_proxy_array_number(const gf_device *device, const void *memory) {
    gf_proxy_host *host = gf_proxy_device_of(device)->host;
    return array_number(host, find_array(host, memory));
}

/* ---- Transfers --------------------------------------------------------- */

static gf_status buffer_is_gone(const gf_buffer *buffer, gf_error *error) {
    const gf_proxy_device *device = gf_proxy_device_of(buffer->device);
    return gf_error_set(error, GF_FAILED, "the process with %s %s has ended",
                        gf_worker_culprit(&device->host->worker), device->subject);
}

/* A request about a buffer and, unless it is a claim, an array. */
static gf_status request(gf_buffer *buffer, gf_request kind, const gf_proxy_array *array,
                         gf_error *error) {
    gf_proxy_device *device = gf_proxy_device_of(buffer->device);
    gf_wire *reply = NULL;
    uint32_t number;
    if (!gf_proxy_buffer_number(buffer, &number))
        return buffer_is_gone(buffer, error);
    gf_wire *wire = gf_worker_begin(&device->host->worker, kind);
    gf_wire_put_u32(wire, number);
    if (kind != GF_REQUEST_BUFFER_CLAIM) {
        gf_wire_put_u32(wire, array_number(device->host, array));
        gf_wire_put_u64(wire, buffer->first);
        gf_wire_put_u64(wire, buffer->bytes);
        gf_wire_put_u64(wire, buffer->lines);
        gf_wire_put_u64(wire, buffer->pitch);
    }
    gf_wait wait = wait_for_bytes(device, gf_buffer_extent(buffer));
    wait.brief = true;
    const gf_status status = call(device, -1, &wait, &reply, error);
    return status == GF_OK ? check(device, &wait, reply, error) : status;
}

static gf_status buffer_trespass(gf_buffer *buffer, gf_trespasses *found, gf_error *error) {
    gf_proxy_device *device = gf_proxy_device_of(buffer->device);
    gf_wire *reply = NULL;
    uint32_t number;
    if (!gf_proxy_buffer_number(buffer, &number))
        return buffer_is_gone(buffer, error);
    gf_wire_put_u32(gf_worker_begin(&device->host->worker, GF_REQUEST_BUFFER_TRESPASS), number);
    const gf_wait wait = wait_for_bytes(device, 2 * GF_GUARD_BYTES);
    const gf_status status = call(device, -1, &wait, &reply, error);
    if (status != GF_OK)
        return status;
    found->before.bytes = gf_wire_get_u64(reply);
    found->before.away = gf_wire_get_u64(reply);
    found->behind.bytes = gf_wire_get_u64(reply);
    found->behind.away = gf_wire_get_u64(reply);
    return check(device, &wait, reply, error);
}

static gf_status buffer_claim(gf_buffer *buffer, gf_error *error) {
    return request(buffer, GF_REQUEST_BUFFER_CLAIM, NULL, error);
}

/* Shared memory for the content of a buffer whose transfers go from or to other memory. */
static gf_status take_scratch(const gf_buffer *buffer, gf_proxy_array **scratch, gf_error *error) {
    gf_proxy_device *device = gf_proxy_device_of(buffer->device);
    gf_proxy_host *host = device->host;
    const size_t bytes = buffer->first + gf_buffer_extent(buffer);
    if (host->scratch != NULL && (host->scratch->region.bytes < bytes ||
                                  !gf_proxy_is_current(host, host->scratch->generation))) {
        release_array(device, host->scratch);
        host->scratch = NULL;
    }
    bool staged;
    char kind[32];
    if (host->scratch == NULL) {
        const gf_status status = share_array(buffer->device, bytes, true, &host->scratch, &staged,
                                             kind, sizeof kind, error);
        if (status != GF_OK)
            return status;
    }
    *scratch = host->scratch;
    return GF_OK;
}

/* Counts the time since `start_ns` as a detour, of which the request has counted a part. */
static void count_detour(gf_worker *worker, uint64_t start_ns, uint64_t before_ns,
                         uint64_t driver_ns) {
    const uint64_t all_ns = now_ns() - start_ns;
    if (all_ns > driver_ns)
        worker->detour_ns = before_ns + all_ns - driver_ns;
}

/* Transfers memory that the worker can't see, through scratch. Only what the driver does counts. */
static gf_status transfer_foreign(gf_buffer *buffer, gf_request kind, void *memory,
                                  gf_error *error) {
    gf_worker *worker = &gf_proxy_device_of(buffer->device)->host->worker;
    const uint64_t start_ns = now_ns(), before_ns = worker->detour_ns;
    gf_proxy_array *scratch = NULL;
    gf_status status = take_scratch(buffer, &scratch, error);
    if (status != GF_OK)
        return status;
    char *shared = (char *)scratch->region.memory + buffer->first;
    if (kind == GF_REQUEST_BUFFER_WRITE)
        gf_buffer_copy(buffer, shared, memory);
    const uint64_t asked_ns = now_ns(), asked_detour_ns = worker->detour_ns;
    status = request(buffer, kind, scratch, error);
    const uint64_t driver_ns = now_ns() - asked_ns - (worker->detour_ns - asked_detour_ns);
    if (status == GF_OK && kind == GF_REQUEST_BUFFER_READ)
        gf_buffer_copy(buffer, memory, shared);
    count_detour(worker, start_ns, before_ns, driver_ns);
    return status;
}

static gf_status transfer(gf_buffer *buffer, gf_request kind, void *memory, gf_error *error) {
    /* Bytes of a transfer are at the same place in both. */
    const char *whole = (const char *)memory - buffer->first;
    const gf_proxy_array *array = find_array(gf_proxy_device_of(buffer->device)->host, whole);
    return array != NULL ? request(buffer, kind, array, error)
                         : transfer_foreign(buffer, kind, memory, error);
}

static gf_status buffer_write(gf_buffer *buffer, const void *source, gf_error *error) {
    return transfer(buffer, GF_REQUEST_BUFFER_WRITE, (void *)(uintptr_t)source, error);
}

static gf_status buffer_read(gf_buffer *buffer, void *target, gf_error *error) {
    return transfer(buffer, GF_REQUEST_BUFFER_READ, target, error);
}

void gf_proxy_memory_slots(const gf_backend *inner, gf_backend *table) {
    table->host_array_create = host_array_create;
    table->host_array_release = host_array_release;
    table->buffer_create = buffer_create;
    table->buffer_release = buffer_release;
    table->buffer_trespass = inner->buffer_trespass == NULL ? NULL : buffer_trespass;
    table->buffer_claim = inner->buffer_claim == NULL ? NULL : buffer_claim;
    table->buffer_write = buffer_write;
    table->buffer_read = buffer_read;
}
