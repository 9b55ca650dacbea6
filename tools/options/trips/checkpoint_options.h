/* The options of checkpoints. */
#pragma once

#include "options/settings.h"

extern const cli_group checkpoint_group;

/* Whether one of them asks for checkpoints. */
bool checkpoint_is_wanted(const struct settings *settings);
/* Parses them into folders and how often, if they ask for checkpoints. GF_USAGE when they don't fit
 * together, or with others. */
gf_status checkpoint_parse(const struct settings *settings, gf_checkpoint_options *options,
                           gf_error *error);
