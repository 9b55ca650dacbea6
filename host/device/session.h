/* A session: the devices that the backends found. */
#pragma once

#include "base/clock.h"
#include "base/notes.h"
#include "device/backend.h"
#include "gpufare.h"
#include "os/contention.h"

struct gf_session {
    gf_session_options options;
    gf_clock clock; /* of every time that is measured; tests put another in its place */
    gf_contention_reader read_contention; /* likewise */
    const gf_backend *const *backends; /* in the order of gf_backend.order; owned */
    size_t backend_count;
    size_t enumerated;     /* this many of them have been asked */
    void **backend_states; /* backend_count of them */
    gf_device **devices;
    size_t device_count;
    gf_notes warnings; /* one for each driver or device that can't be used */
};

/* Opens a session over these backends instead of the registry's. The array is copied. */
gf_status gf_session_open_with(const gf_session_options *options, const gf_backend *const *backends,
                               size_t backend_count, gf_session **session, gf_error *error);

/* Opens the device if it is not open yet. */
gf_status gf_device_open(gf_device *device, gf_error *error);
/* Accepts a closed device. */
void gf_device_close(gf_device *device);

/* Asks the next backend that was not asked yet. *more: there was one. After GF_USAGE or
 * GF_INTERRUPTED it counts as not asked. */
gf_status gf_session_find_next(gf_session *session, bool *more, gf_error *error);
