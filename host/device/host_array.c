#include "device/host_array.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/error.h"
#include "device/backend.h"
#include "os/cores.h"

static size_t whole_pages(size_t bytes, size_t page) {
    return bytes / page + (bytes % page != 0 ? 1 : 0);
}

/* The system provides a page at the first touch, on the memory node of the touching thread. The
 * pages are touched now, and spread over the threads as a kernel's rows are. */
static void touch_pages(char *memory, size_t bytes, const volatile sig_atomic_t *cancel) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t pages = whole_pages(bytes, page);
    const uint32_t threads = gf_cores_own_threads();
#pragma omp parallel for schedule(static) num_threads(threads)
    for (size_t i = 0; i < pages; i++) {
        const size_t rest = bytes - i * page;
        if (!gf_cancelled(cancel))
            memset(memory + i * page, 0, rest < page ? rest : page);
    }
}

/* Arrays of several of these ask for huge pages, because a processor's address cache does not cover
 * 8192 rows of small pages. A system without huge pages, or with other sizes, ignores it. */
#define HUGE_PAGE ((size_t)2 << 20)

/* aligned_alloc needs a multiple of this. */
static size_t unit_of(size_t bytes) {
    return bytes >= 2 * HUGE_PAGE ? HUGE_PAGE : (size_t)sysconf(_SC_PAGESIZE);
}

static size_t pad(size_t bytes) {
    return whole_pages(bytes, unit_of(bytes)) * unit_of(bytes);
}

void *gf_host_allocate(size_t bytes, const volatile sig_atomic_t *cancel) {
    if (bytes > SIZE_MAX - HUGE_PAGE)
        return NULL;
    const size_t unit = unit_of(bytes), padded = pad(bytes);
    char *memory = aligned_alloc(unit, padded);
    if (memory == NULL)
        return NULL;
    if (unit == HUGE_PAGE)
        (void)madvise(memory, padded, MADV_HUGEPAGE);
    touch_pages(memory, padded, cancel);
    return memory;
}

void gf_host_touch(const gf_buffer *buffer) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const bool writes = !buffer->foreign || gf_comes_down(buffer->access);
    volatile unsigned char *byte = buffer->host;
    for (size_t i = 0; i < buffer->bytes; i += page) {
        const unsigned char value = byte[i];
        if (writes)
            byte[i] = value;
    }
}

gf_status gf_host_array_create(gf_device *device, const char *name, size_t bytes,
                               const volatile sig_atomic_t *cancel, gf_host_array *array,
                               gf_error *error) {
    gf_host_array made = {.device = device, .room = bytes};
    if (device->backend->host_array_create != NULL) {
        const gf_status status = device->backend->host_array_create(&made, bytes, error);
        if (status != GF_OK)
            return status;
    }
    if (made.memory != NULL) {
        touch_pages(made.memory, bytes, cancel);
    } else {
        made = (gf_host_array){.memory = gf_host_allocate(bytes, cancel), .kind = "pageable"};
        made.room = made.memory == NULL ? 0 : pad(bytes);
        if (made.memory == NULL)
            return gf_error_no_memory(error, name, bytes);
    }
    *array = made;
    return GF_OK;
}

void gf_host_array_release(gf_host_array *array) {
    if (array->device != NULL)
        array->device->backend->host_array_release(array);
    else
        free(array->memory);
    *array = (gf_host_array){0};
}

/* ---- Buffers without memory of their own --------------------------------- */

gf_status gf_host_buffer_create(gf_buffer *buffer, gf_error *error) {
    (void)error;
    buffer->handle = buffer->host;
    buffer->in_place = true;
    return GF_OK;
}

void gf_host_buffer_release(gf_buffer *buffer) {
    buffer->handle = NULL;
    buffer->in_place = false;
}

gf_status gf_host_buffer_write(gf_buffer *buffer, const void *source, gf_error *error) {
    (void)buffer;
    (void)source;
    (void)error;
    return GF_OK;
}

gf_status gf_host_buffer_read(gf_buffer *buffer, void *target, gf_error *error) {
    (void)buffer;
    (void)target;
    (void)error;
    return GF_OK;
}
