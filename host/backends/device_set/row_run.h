/* Problems whose steps read neighbouring rows: each member has rows of its own and a halo, which
 * members exchange through the host's memory every few steps. */
#pragma once

#include "backends/device_set/set_state.h"

void gf_row_run(gf_set_run *run);

/* What an exchange of a row takes this member, with two meetings. */
gf_status gf_row_run_exchange(gf_set_run *run, uint32_t member, uint64_t *ns, gf_error *error);
