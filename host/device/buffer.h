/* A piece of memory on one device. */
#pragma once

#include <string.h>

#include "os/files/large_file.h"
#include "os/limits/guard_pattern.h"
#include "problem/workload.h"

/* Memory of the host that transfers start and end in. */
typedef struct gf_host_array {
    void *memory;
    size_t room;       /* bytes of it, at least as many as were asked for */
    const char *kind;  /* as reports show it: "pageable", "pinned"; a static text */
    gf_device *device; /* its backend made the memory and releases it; NULL: free() does */
    void *handle;      /* the backend's own */
} gf_host_array;

typedef struct gf_buffer {
    gf_device *device;
    size_t bytes; /* never 0 */
    size_t first; /* where a transfer begins, or in a prompt backend a kernel; 0 but in copies */
    /* Of a transfer, which is a copy: so many pieces of `bytes` bytes, with `pitch` bytes from the
     * beginning of one to that of the next in both memories. 0 or 1: one piece. */
    size_t lines, pitch;
    gf_access access;
    void *host; /* `bytes` bytes of host memory, page-aligned and padded to whole pages; outlives
                   the buffer. A device that shares the host's memory may use it in place */
    gf_large_file *file;  /* NULL, or, of a device that is visited band by band, where the content
                             is instead of in `host`: */
    uint64_t file_offset; /* from this byte on */
    bool foreign; /* `host` is memory of the library's user: aligned for its numbers alone, not
                     padded, and perhaps read-only if access is GF_ACCESS_IN */
    bool guarded; /* the backend puts a pattern before and behind it, unless it is in place or there
                     is no room for that, and then clears this */
    bool in_place; /* set by the backend: transfers between `host` and the device copy nothing */
    void *handle;  /* the backend's own */
} gf_buffer;

/* Copies what a transfer moves between two memories, each from the transfer's first byte on. */
static inline void gf_buffer_copy(const gf_buffer *transfer, void *target, const void *source) {
    for (size_t i = 0; i == 0 || i < transfer->lines; i++)
        memcpy((char *)target + i * transfer->pitch, (const char *)source + i * transfer->pitch,
               transfer->bytes);
}

/* Bytes from the first one of a transfer to the end of its last one. */
static inline size_t gf_buffer_extent(const gf_buffer *transfer) {
    return transfer->bytes + (transfer->lines > 1 ? (transfer->lines - 1) * transfer->pitch : 0);
}

/* What was changed beside a buffer. */
typedef struct gf_trespasses {
    gf_trespass before, behind;
} gf_trespasses;
