#ifndef GF_HOST_ARRAY_H
#define GF_HOST_ARRAY_H

#include <signal.h>

#include "device/buffer.h"

/* Page-aligned memory of at least `bytes`, touched; NULL when there is none. Free with free().
 * `cancel`: NULL, or a flag after which it need not be touched. */
void *gf_host_allocate(size_t bytes, const volatile sig_atomic_t *cancel);

/* An array of at least `bytes` for transfers to and from an open device: the backend's own kind of
 * memory if it offers one, else plain memory. Touched. `name` is for the message. */
gf_status gf_host_array_create(gf_device *device, const char *name, size_t bytes,
                               const volatile sig_atomic_t *cancel, gf_host_array *array,
                               gf_error *error);
/* Accepts a zeroed array, and one of a device that was closed since. */
void gf_host_array_release(gf_host_array *array);

#endif
