/* A progress line on the terminal for work that takes more than a second. */
#pragma once

#include "gpufare.h"

struct progress;

/* Starts the line. NULL, which the other functions accept, when stderr is not a terminal, `quiet`
 * is set or no thread can be started: the line is a convenience, not a result. */
struct progress *progress_start(const char *workload, bool quiet);

/* The same for a stderr that a launcher passes on: whole lines, a few of them. What calls itself a
 * terminal there need not be one, and Open MPI 5 holds a line back until it ends. */
struct progress *progress_start_lines(const char *workload);

/* For gf_run_options: `context` is the progress. */
void progress_update(const gf_progress *state, void *context);

/* The state of this step, which is not 0, has just been saved. */
void progress_saved(struct progress *progress, uint64_t step);

/* Begins the line with `subject` instead of the workload's name. */
void progress_subject(struct progress *progress, const char *subject);

/* Clears the line, which comes back after progress_show, so that others can write in between. */
void progress_hide(struct progress *progress);
void progress_show(struct progress *progress);

/* Clears the line and sets *progress to NULL. */
void progress_stop(struct progress **progress);
