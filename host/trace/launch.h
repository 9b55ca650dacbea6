/* A program under the layer: started, waited for, and what its processes left put in one file. */
#pragma once

#include "gpufare.h"

/* Puts the trace files of a folder into `into`, each with an end; `launch`, a
 * gf_trace_launch, comes first with the command line. */
gf_status gf_trace_merge(const char *folder, const char *command, const void *launch, FILE *into,
                         gf_error *error);
