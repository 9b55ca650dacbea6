/* Reading a probe's result, and putting it in words. */
#ifndef GF_PROBE_TEXT_H
#define GF_PROBE_TEXT_H

#include "backends/opencl/drivers/probe.h"

/* True when loading the driver endangers the process: it crashed, hung or exited. */
bool gf_probe_is_dangerous(const gf_probe_result *result);

/* Members of the report; "" and NULL when absent, also for a NULL object. */
const char *gf_probe_text(const json_t *object, const char *key);
bool gf_probe_flag(const json_t *object, const char *key);
size_t gf_probe_device_count(const gf_probe_result *result, bool working_only);

/* The stage as words: "while its library was loaded". */
const char *gf_probe_stage(const gf_probe_result *result);

/* How the child ended, in words: "crashed with SIGSEGV while its library was loaded". */
void gf_probe_format_end(const gf_probe_result *result, char *text, size_t bytes);

/* What an "error" object says: "clBuildProgram: CL_BUILD_PROGRAM_FAILURE (-11)". */
void gf_probe_format_error(const json_t *error, char *text, size_t bytes);

#endif
