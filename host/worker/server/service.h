/* What a worker serves: the devices of one backend. */
#pragma once

#include "device/backend.h"

typedef struct gf_service {
    const gf_backend *backend;
    /* As in gf_backend. Platforms are numbered from `first_platform` on. */
    gf_status (*enumerate)(uint32_t first_platform, const gf_device_sink *sink, void **state,
                           gf_error *error);
    void (*shut_down)(void *state);
    /* Optional: removes what the parent would have removed. Called in another thread, before the
     * process ends because the parent is gone. */
    void (*parent_gone)(void);
    /* Optional: called before a request computes, and afterwards; in no time of the device. */
    void (*computes)(const gf_program *program, bool ends);
} gf_service;
