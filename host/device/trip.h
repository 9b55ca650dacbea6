/* One serial round trip on a device, piece by piece: uploads, steps, downloads. It is timed where
 * it runs, which for devices of a worker is the worker. */
#pragma once

#include "base/clock.h"
#include "device/backend.h"

/* Borrowed. */
typedef struct gf_trip {
    gf_device *device;
    const gf_problem *problem;
    gf_program *program;
    gf_buffer *buffers; /* problem->buffer_count of them */
    const gf_clock *clock;
    const volatile sig_atomic_t *cancel; /* NULL, or: end early when set */
    gf_part part;                        /* of each launch (gf_launch) */
    const gf_copy *copies;               /* likewise */
    uint32_t copy_count;
    void (*meanwhile)(void *context); /* NULL, or: what the host does while a launch runs */
    void *meanwhile_context;
} gf_trip;

/* Called after each stop: `done` steps were made, and the content of the pair is swapped or not. */
typedef gf_status (*gf_trip_stop)(void *context, uint64_t done, bool swapped, gf_error *error);

/* The time by which a device is judged: the clock without the time that calls spent on their way to
 * the device's driver, in another process, and back. */
uint64_t gf_device_now(const gf_device *device, const gf_clock *clock);

/* The index of the buffer that holds the content of buffer `index` now. */
uint32_t gf_trip_content(const gf_problem *problem, uint32_t index, bool swapped);

/* Uploads what goes up before a stop. */
gf_status gf_trip_upload(const gf_trip *trip, bool first, bool swapped, gf_error *error);
/* Downloads what comes down at a stop. */
gf_status gf_trip_download(const gf_trip *trip, bool swapped, gf_error *error);
/* Computes `steps` steps from step `first` on, waits for them and adds the times. GF_INTERRUPTED
 * when cancelled. */
gf_status gf_trip_compute(const gf_trip *trip, uint64_t first, uint64_t steps, bool *swapped,
                          gf_round_trip *times, gf_error *error);
/* A whole round trip with a stop each `every` steps; `at_stop` may be NULL. *swapped: the content
 * of the pair is in the partner at the end. */
gf_status gf_trip_run(const gf_trip *trip, uint64_t every, gf_trip_stop at_stop, void *context,
                      bool *swapped, gf_round_trip *times, gf_error *error);
