/* All bands once, with two sets of buffers: while the device computes one band, the results of the
 * one before come down and the next one goes up. */
#pragma once

#include "backends/out_of_core/visit_state.h"

/* `steps` steps from `first_step` on, of units that read others; else 0 and 0. */
gf_status gf_visit_overlapped(gf_visit_walk *walk, uint64_t first_step, uint64_t steps);
