/* The bundle of evidence that --bundle asks for. */
#pragma once

#include "report_files.h"

/* Begins it with the command line, whose word `operand` names the workload, and with the workload's
 * sources. */
gf_status bundle_file_begin(int argc, char **argv, const char *operand, const gf_workload *workload,
                            gf_bundle **bundle, gf_error *error);
/* Adds the reports, the curve of a sweep and facts about the devices, and writes the file. */
gf_status bundle_file_write(gf_bundle *bundle, const char *path, const gf_session *session,
                            const char *schema, const struct report_subject *subject,
                            gf_error *error);
