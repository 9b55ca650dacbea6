/* Finding platforms and devices. */
#pragma once

#include "backends/opencl/cl/cl_device.h"
#include "backends/opencl/drivers/icd.h"

/* Puts all usable devices in the sink and at the front of *list, and a warning in the sink for each
 * platform and device that can't be used. The guard has reported the drivers that it hides. */
gf_status gf_cl_enumerate(const gf_device_sink *sink, const gf_icd_guard *guard,
                          gf_cl_device **list, gf_error *error);
void gf_cl_devices_free(gf_cl_device *list);
