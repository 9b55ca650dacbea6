/* The options of jobs of several ranks. */
#pragma once

#include "options/command.h"

extern const cli_group settings_ranks_group;
extern const cli_group settings_scaling_group; /* of `compare` */

/* Call it first: what this process does if it is a rank of a job. False: nothing, it ends well and
 * in silence, as ranks but the first do in commands for one. In commands for all of them the others
 * print nothing unless they fail alone. `command` NULL: there is none, as with --help. */
bool rank_options_begin(const cli_command *command);

/* The grid of --rank-grid: ranks across and down, both 0 where none is given. GF_USAGE if the text
 * is no such grid. */
gf_status rank_options_grid(const char *text, uint32_t *across, uint32_t *down, gf_error *error);
