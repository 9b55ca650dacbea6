/* How the worker of one driver is started, now and again after a failure. */
#pragma once

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
    void *context;     /* outlives the proxy */
    char subject[160]; /* the driver, for messages */
} gf_launcher;
