/* Finding platforms and devices. Whatever can't be used leaves a line that says why. */
#ifndef GF_CL_ENUMERATE_H
#define GF_CL_ENUMERATE_H

#include "backends/opencl/cl/cl_types.h"

/* Puts all usable devices in the sink and at the front of *list, and one problem line for each
 * platform and device that can't be used. `known_problems`: how many lines the sink has already
 * got about drivers. */
gf_status gf_cl_enumerate(const gf_device_sink *sink, size_t known_problems, gf_cl_device **list,
                          gf_error *error);
void gf_cl_devices_free(gf_cl_device *list);

#endif
