/* `run` and `compare` in a job of several ranks: every rank computes a part of the problem. */
#pragma once

#include "job.h"

/* Whether the command is one of all ranks together: not each sweep is. */
bool ranks_job_wants(const cli_command *command, const struct settings *settings);

/* Joins the job if a launcher of MPI has started this process; job->ranks NULL: none has. `status`:
 * of what this rank has done before. All ranks hear of what fails on one of them here. GF_USAGE
 * when there are other ranks than --ranks asks for. */
gf_status ranks_job_join(struct job *job, gf_status status, gf_error *error);

/* The command in such a job: on all ranks together, on 1, 2 ... of them, or on the numbers of a
 * sweep. A failure that the other ranks do not know of ends the process. */
gf_status ranks_job_run(struct job *job, gf_error *error);
gf_status ranks_job_compare(struct job *job, gf_error *error);
gf_status ranks_job_sweep(struct job *job, gf_error *error);
