/* A comparison or a session as JSON. */
#ifndef GF_REPORT_JSON_H
#define GF_REPORT_JSON_H

#include <jansson.h>

#include "gpufare.h"
#include "problem/workload.h"

gf_status gf_comparison_report_json(const gf_comparison *comparison, const char *schema,
                                    FILE *stream, gf_error *error);
gf_status gf_session_report_json(const gf_session *session, FILE *stream, gf_error *error);

#endif
