/* `run` and `compare` in a job of several ranks: every rank computes a part of the problem. */
#pragma once

#include "job.h"

/* The options of such jobs. */
extern const cli_group settings_ranks_group;
extern const cli_group settings_scaling_group; /* of `compare` */

/* Only the first rank of a job prints, unless one fails alone: silences the others in a command
 * that has these options. */
void ranks_job_begin(const cli_command *command);

/* Joins the job if a launcher of MPI has started this process; job->ranks NULL: none has. GF_USAGE
 * when there are other ranks than --ranks asks for. */
gf_status ranks_job_join(struct job *job, gf_error *error);

/* The command in such a job: on all ranks together, or on 1, 2 ... of them. A failure that the
 * other ranks do not know of ends the process. */
gf_status ranks_job_run(struct job *job, gf_error *error);
gf_status ranks_job_compare(struct job *job, gf_error *error);
