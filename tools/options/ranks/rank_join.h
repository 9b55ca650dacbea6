/* How a command becomes one of all ranks of a job. */
#pragma once

#include "options/command.h"
#include "options/settings.h"

/* Whether what varies is the number of ranks. */
bool rank_join_sweeps(const struct settings *settings);
/* Whether the command is one of all ranks together: not each sweep is. */
bool rank_join_wants(const cli_command *command, const struct settings *settings);

/* Joins the job if a launcher of MPI has started this process; *ranks NULL: none has. `status`: of
 * what this rank has done before. All ranks hear of what fails on one of them here. GF_USAGE when
 * there are other ranks than --ranks asks for. `workload`: NULL only after a failure. */
gf_status rank_join(const struct settings *settings, const gf_workload *workload, gf_status status,
                    gf_ranks **ranks, gf_error *error);
