/* A session: the devices that the backends found. */
#pragma once

#include "base/clock.h"
#include "base/notes.h"
#include "device/backend.h"
#include "gpufare.h"
#include "os/contention.h"
#include "os/cores.h"

struct gf_session {
    gf_session_options options;
    gf_clock clock; /* of every time that is measured; tests put another in its place */
    gf_contention_reader read_contention; /* likewise */
    const gf_backend *const *backends;    /* in the order of gf_backend.order; owned */
    size_t backend_count;
    size_t enumerated;     /* this many of them have been asked */
    void **backend_states; /* backend_count of them */
    gf_device **devices;
    size_t device_count;
    gf_device **sets; /* of devices that compute together, as device lists asked for them */
    size_t set_count;
    gf_device **extended; /* devices that compute what others have no room for */
    size_t extended_count;
    char limits[GF_LIMITS_TEXT]; /* gf_device_info.limits of CPUs whose backend says nothing */
    gf_notes warnings;           /* one for each driver or device that can't be used */
    size_t failed_drivers;       /* of these, those that crashed, hung or answered nonsense */
};

/* Opens a session over these backends instead of the registry's. The array is copied. */
gf_status gf_session_open_with(const gf_session_options *options, const gf_backend *const *backends,
                               size_t backend_count, gf_session **session, gf_error *error);

/* Opens the device if it is not open yet. */
gf_status gf_device_open(gf_device *device, gf_error *error);
/* The same without the facts about it. */
gf_status gf_device_open_alone(gf_device *device, gf_error *error);
/* Finds out the facts about an open device; nothing for backends without any. */
void gf_device_find_facts(gf_device *device);
/* Prepares a program, as gf_backend.prepare: threads that a driver starts meanwhile run on all
 * cores of the process. */
gf_status gf_device_prepare(gf_device *device, const gf_problem *problem, const char *variant,
                            const gf_tuning *tuning, gf_program **program, gf_error *error);
/* gf_cores_unbind where the device's driver may start threads: not for the native one, whose
 * threads are OpenMP's own. */
gf_core_binding gf_device_unbind(const gf_device *device);
/* Notes what keeps the device from the whole machine, if anything does. The native device has the
 * limits of the drivers on the CPU, and may have more; equal notes are kept once. */
gf_status gf_device_note_limits(const gf_device_info *info, gf_notes *notes, gf_error *error);
/* Accepts a closed device. One that a call holds stays open. */
void gf_device_close(gf_device *device);

/* The device that is these members together, in whatever order, made now or before. GF_USAGE when
 * they can't compute together. All backends that sets need must have been asked. */
gf_status gf_session_combine(gf_session *session, const gf_member *members, size_t count,
                             gf_device **device, gf_error *error);
/* The variant of this name that sets have for a workload; NULL: they have none. */
const char *gf_session_set_variant(const gf_session *session, const gf_workload *workload,
                                   const char *name);
/* The members of a set; NULL: the device is none. */
gf_member *gf_device_members(const gf_device *device, size_t *count);

/* GF_USAGE for a set: nothing is predicted of them. */
gf_status gf_device_check_single(const gf_device *device, gf_error *error);

/* Asks the next backend that was not asked yet. *more: there was one. After GF_USAGE or
 * GF_INTERRUPTED it counts as not asked. */
gf_status gf_session_find_next(gf_session *session, bool *more, gf_error *error);
