/* The worker's side: serves the requests of its parent with a backend, until the parent asks it to
 * end or is gone. */
#pragma once

#include "device/backend.h"

typedef struct gf_service {
    const gf_backend *backend;
    /* As in gf_backend. Platforms are numbered from `first_platform` on. */
    gf_status (*enumerate)(uint32_t first_platform, const gf_device_sink *sink, void **state,
                           gf_error *error);
    void (*shut_down)(void *state);
} gf_service;

/* Serves requests from the socket. Returns the exit status of the process. */
int gf_serve(const gf_service *service, int socket);
