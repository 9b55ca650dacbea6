/* How the worker of one driver is started, now and again after a failure. */
#pragma once

#include <sys/types.h>

#include "gpufare.h"

#define GF_LAUNCHER_ARGUMENTS 8

typedef struct gf_launcher {
    /* Fills the command line, ended by NULL. */
    gf_status (*begin)(void *context, const char *arguments[GF_LAUNCHER_ARGUMENTS],
                       gf_error *error);
    /* Frees what begin made. Called once the devices are listed, or that has failed. */
    void (*end)(void *context);
    /* Told why a worker ended that should not have: "crashed with SIGABRT while it compiled the
     * kernel". May be NULL. */
    void (*failed)(void *context, const char *reason);
    void *context;       /* outlives the proxy */
    char subject[160];   /* the driver, for messages */
    const char *culprit; /* what may end the worker, before "device native" in messages; NULL: "the
                            driver of" */
    const char *id; /* of its devices, which have no platform; NULL: their platforms' numbers begin
                       their ids */
    /* gf_device.state of the devices as the slots of the backend see it that need no driver and are
     * called in this process; outlives the proxy. May be NULL. */
    void *local_state;
    /* Told of a worker that its driver ended while small kernels found out facts. May be NULL. */
    void (*ended_by_facts)(void *context, pid_t process);
} gf_launcher;
