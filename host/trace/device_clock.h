/* When commands ran, by the host's clock. What the four times of an event mean differs from driver
 * to driver: waiting for earlier commands lies before SUBMIT or behind it, some clocks have another
 * origin, and some have none. Only START and END are taken for the run itself; QUEUED, which lies
 * in the call, ties a device's clock to the host's. */
#pragma once

#include "trace/trace.h"

/* Sets `trouble` of devices, and `is_placed`, `begin_ns`, `end_ns` and `gap_ns` of commands. Of a
 * device whose clock is in trouble only those transfers are placed that the host waited for while
 * nothing else was on their queue: by the host's clock, from the call to its return. */
gf_status gf_trace_place_commands(gf_trace *trace, gf_error *error);
