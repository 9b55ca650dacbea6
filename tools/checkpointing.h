/* The options of checkpoints, and what is said about them on stderr. */
#pragma once

#include "job.h"

extern const cli_group checkpointing_group;

/* Parses these options into job->checkpoint. GF_USAGE when they don't fit together. */
gf_status checkpointing_parse(struct job *job, gf_error *error);
/* NULL: none is asked for. The job must outlive their use. */
const gf_checkpoint_options *checkpointing_options(struct job *job);
/* Of a run that ended with `status` before its end, or whose device failed: says which state is
 * saved, and the command that goes on from it. `result` may be NULL. */
void checkpointing_tell_rest(const struct job *job, gf_status status, const gf_result *result);
