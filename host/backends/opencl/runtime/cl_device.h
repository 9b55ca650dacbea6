/* Opening and closing a device: a context and an in-order queue that keeps event times. */
#ifndef GF_CL_DEVICE_H
#define GF_CL_DEVICE_H

#include "backends/opencl/cl/cl_types.h"

gf_status gf_cl_open(gf_device *device, gf_error *error);
void gf_cl_close(gf_device *device);

#endif
