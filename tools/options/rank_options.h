/* The options of jobs of several ranks. */
#pragma once

#include "options/command.h"

extern const cli_group settings_ranks_group;
extern const cli_group settings_scaling_group; /* of `compare` */

/* Call it first: what this process does if it is a rank of a job. False: nothing, it ends well and
 * in silence, as ranks but the first do in commands for one. In commands for all of them the others
 * print nothing unless they fail alone. `command` NULL: there is none, as with --help. */
bool rank_options_begin(const cli_command *command);
