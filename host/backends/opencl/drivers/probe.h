/* Trying OpenCL drivers out in child processes: the program gpufare-worker sees one set of drivers,
 * loads them, lists platforms and devices, and on each device compiles, runs and checks a tiny
 * kernel. */
#pragma once

#include "backends/opencl/drivers/icd_find.h"
#include "backends/opencl/drivers/probe_result.h"

#include <signal.h>
#include <stdbool.h>

typedef struct gf_probe_request {
    const gf_icd_driver *drivers; /* that the child sees */
    size_t count;
    bool list_only; /* stop after listing the devices */
    bool fresh;     /* also compile a kernel that is in no cache */
} gf_probe_request;

/* The seconds of a value of GPUFARE_PROBE_TIMEOUT; 10 without one (NULL, ""). False: it is no
 * number of seconds. */
bool gf_probe_read_limit(const char *text, double *seconds);
/* GF_USAGE when GPUFARE_WORKER or GPUFARE_PROBE_TIMEOUT has no value that can be used. */
gf_status gf_probe_check_environment(gf_error *error);
/* The path of gpufare-worker: $GPUFARE_WORKER, else beside this executable, in ../libexec/gpufare
 * from there or from this library, or where it was installed. NULL when there is none; the caller
 * frees it. */
char *gf_worker_program(void);

/* Runs all requests at the same time, each for 10 s ($GPUFARE_PROBE_TIMEOUT) at most, and fills a
 * result for each, which the caller clears, whatever is returned. Requests without a driver are not
 * run. GF_INTERRUPTED: `cancel` (may be NULL) was set; the results of children that ran on are
 * empty. Otherwise not GF_OK: a child could not be started; all results are empty. */
gf_status gf_probe_run(const char *program, const gf_probe_request *requests, size_t count,
                       const volatile sig_atomic_t *cancel, gf_probe_result *results,
                       gf_error *error);
