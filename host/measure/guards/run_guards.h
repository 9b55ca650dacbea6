/* Guards round the buffers of a run whose kernels are somebody's own: what they write outside of
 * their buffers, or into inputs, is found out. */
#pragma once

#include "measure/round_trip.h"

/* After a round trip, untimed: GF_FAILED when the kernel wrote beside a buffer or changed an input.
 * Overwrites what host arrays of inputs hold. Does nothing in a run without guards. */
gf_status gf_run_check_guards(gf_run *run, gf_error *error);
