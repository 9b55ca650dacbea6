/* Trying OpenCL drivers out in child processes.
 *
 * A child (the program gpufare-probe) sees one set of drivers, loads them, lists platforms and
 * devices, and on each device compiles, runs and checks a tiny kernel. It writes a report in JSON
 * at the start of each stage, so that one that dies has told how far it got:
 *
 *   {"schema":"gpufare.probe/1", "stage":"compile", "complete":false,
 *    "loader":PATH, "library":PATH,              real paths of what was loaded
 *    "error":{"stage","name","code","text"},     of the platform list or of dlopen; or absent
 *    "platforms":[{"name","vendor","version","error",
 *                  "devices":[{"name","version","driver","type","f64":bool,"stage","works":bool,
 *                              "error"}]}]}
 */
#ifndef GF_PROBE_H
#define GF_PROBE_H

#include "backends/opencl/drivers/icd_find.h"

#include <jansson.h>

#define GF_PROBE_REPORT_FD 3 /* where the child writes: drivers print on stdout and stderr */
#define GF_PROBE_NOISE     4096

/* How a child ended. */
typedef enum gf_probe_end {
    GF_PROBE_NOT_RUN,
    GF_PROBE_FINISHED, /* with a complete report, good or bad */
    GF_PROBE_CRASHED,
    GF_PROBE_TIMED_OUT,
    GF_PROBE_EXITED /* something in it called exit() */
} gf_probe_end;

typedef struct gf_probe_result {
    gf_probe_end end;
    int code;                   /* the signal of CRASHED, the status of EXITED */
    double seconds;             /* from start to end; the limit when it timed out */
    json_t *report;             /* the last one; NULL if none */
    char noise[GF_PROBE_NOISE]; /* the end of what the driver printed */
} gf_probe_result;

typedef struct gf_probe_request {
    const gf_icd_driver *drivers; /* what the child sees */
    size_t count;
    bool list_only; /* stop after listing the devices */
    bool fresh;     /* also compile a kernel that no cache knows */
} gf_probe_request;

/* The probe program's path: $GPUFARE_PROBE, else beside this executable, in ../libexec/gpufare
 * from there, or where it was installed. NULL when there is none; the caller frees it. */
char *gf_probe_program(void);

/* Runs all requests at the same time, each for 10 s ($GPUFARE_PROBE_TIMEOUT) at most, and fills a
 * result for each, which the caller clears. Requests without a driver are not run. Not GF_OK: no
 * child could be started; the results are empty. */
gf_status gf_probe_run(const char *program, const gf_probe_request *requests, size_t count,
                       gf_probe_result *results, gf_error *error);
void gf_probe_result_clear(gf_probe_result *result); /* accepts an empty one */

/* ---- Reading a result -------------------------------------------------- */

#endif
