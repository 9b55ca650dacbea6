/* Handing buffers in place from the host to the device and back: unmapping before the kernels of a
 * launch, mapping after them. Both are enqueued with the kernels, so that the host waits once for
 * all; how long they took is read from their events. */
#pragma once

#include "backends/opencl/cl/cl_device.h"

/* Whether handing over may be enqueued only: without event times its time could not be told from
 * that of the kernels, so that the host waits for it. */
bool gf_cl_handover_is_timed(const gf_cl_device *device);

/* The place for the event of one more; NULL: there is none, the next one is not timed. */
cl_event *gf_cl_handover_next(gf_cl_handover *handover);
/* Counts one that was enqueued with the event of gf_cl_handover_next. */
void gf_cl_handover_add(gf_cl_handover *handover);
/* Releases the events. Returns what the commands took, which have ended. */
uint64_t gf_cl_handover_take_ns(gf_cl_handover *handover);
