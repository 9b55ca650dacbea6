/* What a probe found: reading it and putting it in words.
 *
 * The child writes a report in JSON at the start of each stage, so that the last report of a child
 * that died says how far it got:
 *
 *   {"schema":"gpufare.probe/1", "stage":"compile", "complete":false,
 *    "library":PATH,                             the real path
 *    "error":{"stage","name","code","text"},     of the platform list or of dlopen; or absent
 *    "platforms":[{"name","version","error",
 *                  "devices":[{"name","version","driver","type","f64":bool,"compiler":bool,
 *                              "works":bool,"error","log",
 *                              "lacks":TEXT,"strict_f32":bool,"refuses":bool,
 *                              "needs_relaxed_f32":bool}]}]}        of facts, if they are known
 */
#pragma once

#include "os/child.h"

#include <jansson.h>

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
    double seconds;             /* from start to end, as they count (os/patience.h) */
    json_t *report;             /* the last one; NULL if none */
    char noise[GF_CHILD_NOISE]; /* the end of the driver's output */
} gf_probe_result;

void gf_probe_result_clear(gf_probe_result *result); /* accepts an empty one */

/* True when loading the driver endangers the process: it crashed, hung or exited. */
bool gf_probe_is_dangerous(const gf_probe_result *result);

/* Members of the report; "" and false when absent, also for a NULL object. */
const char *gf_probe_text(const json_t *object, const char *key);
bool gf_probe_flag(const json_t *object, const char *key);
size_t gf_probe_device_count(const gf_probe_result *result, bool working_only);

/* The child's end in words: "crashed with SIGSEGV while its library was loaded". */
void gf_probe_format_end(const gf_probe_result *result, char *text, size_t bytes);
/* An "error" object in words: "clBuildProgram: CL_BUILD_PROGRAM_FAILURE (-11)". */
void gf_probe_format_error(const json_t *error, char *text, size_t bytes);
