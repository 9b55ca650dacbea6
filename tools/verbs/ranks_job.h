/* `run` and `compare` in a job of several ranks: every rank computes a part of the problem. */
#pragma once

#include "job.h"

/* Joins the job if a launcher of MPI has started this process; job->ranks NULL: none has. GF_USAGE
 * when there are other ranks than --ranks asks for. */
gf_status ranks_job_join(struct job *job, gf_error *error);

/* The command in such a job: on all ranks together, or on 1, 2 ... of them. A failure that the
 * other ranks do not know of ends the process. */
gf_status ranks_job_run(struct job *job, gf_error *error);
gf_status ranks_job_compare(struct job *job, gf_error *error);
