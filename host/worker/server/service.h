/* What a worker serves: the devices of one backend. */
#pragma once

#include "device/backend.h"

typedef struct gf_service {
    const gf_backend *backend;
    /* As in gf_backend. Platforms are numbered from `first_platform` on. */
    gf_status (*enumerate)(uint32_t first_platform, const gf_device_sink *sink, void **state,
                           gf_error *error);
    void (*shut_down)(void *state);
} gf_service;
