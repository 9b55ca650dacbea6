/* Values of the tool's own options. */
#pragma once

#include "options/command.h"

/* Parses and checks `text`, and stores the value in the option's field. GF_USAGE: what it must be.
 */
gf_status option_value_set(const cli_option *option, const char *text, struct settings *settings,
                           gf_error *error);
