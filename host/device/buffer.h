/* A piece of memory on one device. */
#ifndef GF_BUFFER_H
#define GF_BUFFER_H

#include "device/device.h"

/* Memory of the host that transfers start and end in. */
typedef struct gf_host_array {
    void *memory;
    const char *kind;  /* as reports show it: "pageable", "pinned"; a static text */
    gf_device *device; /* whose backend made it and releases it; NULL: plain memory, for free() */
    void *handle;      /* the backend's own */
} gf_host_array;

/* What the host does with a buffer in one round trip. */
typedef enum gf_access {
    GF_ACCESS_IN,     /* goes up; kernels read it */
    GF_ACCESS_OUT,    /* comes down; kernels write it */
    GF_ACCESS_INOUT,  /* goes up and comes down */
    GF_ACCESS_SCRATCH /* stays on the device */
} gf_access;

static inline bool gf_goes_up(gf_access access) {
    return access == GF_ACCESS_IN || access == GF_ACCESS_INOUT;
}

static inline bool gf_comes_down(gf_access access) {
    return access == GF_ACCESS_OUT || access == GF_ACCESS_INOUT;
}

typedef struct gf_buffer {
    gf_device *device;
    size_t bytes; /* never 0 */
    gf_access access;
    void *host;    /* host memory of `bytes` bytes, page-aligned and padded to whole pages, that
                      outlives the buffer. A device that shares the host's memory may use it in
                      place */
    bool in_place; /* set by the backend: transfers between `host` and the device copy nothing */
    void *handle;  /* the backend's own */
} gf_buffer;

#endif
