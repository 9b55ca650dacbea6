/* Problems whose units are independent: members take bands of them from a queue. */
#pragma once

#include "backends/device_set/set_state.h"

void gf_band_run(gf_set_run *run);

/* What a band of the fewest units takes this member. */
gf_status gf_band_run_least(gf_set_run *run, uint32_t member, uint64_t *ns, gf_error *error);
