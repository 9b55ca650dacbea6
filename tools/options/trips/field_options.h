/* The options of fields in files. */
#pragma once

#include "options/settings.h"

extern const cli_group field_group;

/* Parses them, if they ask for such a field. GF_USAGE when they don't fit together or with others.
 */
gf_status field_parse(const struct settings *settings, gf_field_options *options, gf_error *error);
