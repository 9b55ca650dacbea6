/* The fastest variant of a device that compiles: each one is built and computes for a moment. */
#pragma once

#include "measure/round_trip.h"

/* Tries the first `contestants` variants of the run's device, which is open, in their order.
 * choice->variant: the fastest whose result is right; it stays NULL where trying does not pay, or
 * where the first one fails. Saved under `name` if none was left out for want of time. After a
 * failure of another one than the first the device is opened anew. Leaves no program and no buffer;
 * the host's arrays are the caller's to free. */
gf_status gf_try_variants(gf_run *run, size_t contestants, const char *name,
                          gf_variant_choice *choice, gf_error *error);
