/* Finding platforms and devices. */
#pragma once

#include "backends/opencl/cl/cl_device.h"

/* Puts all usable devices in the sink and at the front of *list, and a warning in the sink for each
 * platform and device that can't be used. `known_warnings`: number of warnings about drivers that
 * the sink has already. `first_platform`: the number of the first platform. */
gf_status gf_cl_enumerate(const gf_device_sink *sink, size_t known_warnings,
                          uint32_t first_platform, gf_cl_device **list, gf_error *error);
void gf_cl_devices_free(gf_cl_device *list);

/* The warning when there is no driver at all. */
extern const char gf_cl_no_driver[];
