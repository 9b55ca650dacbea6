/* Memory of the host that transfers start and end in. */
#pragma once

#include <signal.h>

#include "device/buffer.h"

/* Page-aligned memory of at least `bytes`, touched; NULL without memory. Free it with free().
 * `cancel`: NULL, or a flag; once it is set the memory need not be touched. */
void *gf_host_allocate(size_t bytes, const volatile sig_atomic_t *cancel);

/* Writes to every page of buffer->host without changing it, so that the system provides all of them
 * now. Memory of the library's user that is only read is read. */
void gf_host_touch(const gf_buffer *buffer);

/* Makes an array of at least `bytes`, touched, for transfers to and from an open device: of the
 * backend's own kind of memory if it offers one, else of plain memory. `name` is for messages. */
gf_status gf_host_array_create(gf_device *device, const char *name, size_t bytes,
                               const volatile sig_atomic_t *cancel, gf_host_array *array,
                               gf_error *error);
/* Accepts a zeroed array, and one whose device was closed since. */
void gf_host_array_release(gf_host_array *array);

/* Buffers that are the host's arrays themselves: the slots of a backend (backend.h) whose devices
 * have no memory of their own. Nothing is allocated and nothing moves. */
gf_status gf_host_buffer_create(gf_buffer *buffer, gf_error *error);
void gf_host_buffer_release(gf_buffer *buffer);
gf_status gf_host_buffer_write(gf_buffer *buffer, const void *source, gf_error *error);
gf_status gf_host_buffer_read(gf_buffer *buffer, void *target, gf_error *error);
