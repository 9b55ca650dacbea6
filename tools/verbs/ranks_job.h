/* `run` and `compare` in a job of several ranks: every rank computes a part of the problem. */
#pragma once

#include "job.h"

/* The command in such a job: on all ranks together, on 1, 2 ... of them, or on the numbers of a
 * sweep. A failure that the other ranks do not know of ends the process. */
gf_status ranks_job_run(struct job *job, gf_error *error);
gf_status ranks_job_compare(struct job *job, gf_error *error);
gf_status ranks_job_sweep(struct job *job, gf_error *error);
