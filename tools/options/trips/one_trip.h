/* What a run of one round trip makes no use of. */
#pragma once

#include "options/cli.h"
#include "options/settings.h"

/* GF_USAGE when options ask for more round trips, for a warm-up, or for what only several trips can
 * leave out, of a run that makes one: of a field in a file, or with checkpoints. */
gf_status one_trip_check(const cli_request *request, const struct settings *settings,
                         gf_error *error);
