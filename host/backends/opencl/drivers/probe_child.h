/* One child process: started with a pipe for its report and one for its output, read without
 * blocking, and killed when its time is up. */
#pragma once

#include "backends/opencl/drivers/probe_result.h"
#include "os/child.h"
#include "os/patience.h"

typedef struct gf_probe_child {
    gf_child process;
    int report_fd; /* -1: closed */
    char *report;
    size_t report_length, report_capacity;
    gf_patience patience;
    gf_probe_result *result; /* the caller's */
} gf_probe_child;

/* A child that is not started. */
gf_probe_child gf_probe_child_new(gf_probe_result *result);

/* Starts the program arguments[0]; NULL ends the arguments. */
gf_status gf_probe_child_start(gf_probe_child *child, const char *const *arguments,
                               gf_error *error);

/* Reads what has arrived. True when the child runs on; otherwise the result is complete. A child
 * that has run for more than `limit` seconds, of which fewer count on a busy machine
 * (os/patience.h), is killed. */
bool gf_probe_child_runs(gf_probe_child *child, double limit);

/* Frees everything but the result. */
void gf_probe_child_clear(gf_probe_child *child);
