/* The options of jobs of several ranks. */
#pragma once

#include "options/command.h"

extern const cli_group settings_ranks_group;
extern const cli_group settings_scaling_group; /* of `compare` */

/* Only the first rank of a job prints, unless one fails alone: silences the others in a command
 * that has these options. */
void rank_options_silence(const cli_command *command);
