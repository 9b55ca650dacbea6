/* A line on the terminal that says how far the work is, once it has lasted over a second. */
#ifndef GF_TOOLS_PROGRESS_H
#define GF_TOOLS_PROGRESS_H

#include "gpufare.h"

struct progress;

/* Starts to watch the work; NULL, which the other functions accept, when stderr is no terminal,
 * `quiet` is set or no thread can be had: the line is a comfort, not a result. */
struct progress *progress_start(const char *workload, bool quiet);

/* For gf_run_options: `context` is the progress. */
void progress_update(const gf_progress *state, void *context);

/* From now on the line begins with this instead of the workload's name. */
void progress_subject(struct progress *progress, const char *subject);

/* Clears the line and frees everything. */
void progress_stop(struct progress *progress);

#endif
