/* Devices, each of which is recorded once. */
#pragma once

#include "layer/loader.h"
#include "layer/trace_format.h"

/* The number of a device, which is recorded when it is new; 0: there are too many. */
uint64_t gf_device_note(const gf_loader *to, cl_device_id device);
