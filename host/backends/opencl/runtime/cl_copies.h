/* Transfers beside the kernels of a launch, on a queue of their own. */
#pragma once

#include "device/backend.h"

/* Starts the launch's copies, in their order. The queue is made when it is needed first. */
gf_status gf_cl_copies_begin(gf_device *device, const gf_launch *launch, gf_error *error);
/* Waits for them. */
gf_status gf_cl_copies_finish(gf_device *device, gf_error *error);
