/* Which chip a device is, so that one chip under several names is seen. */
#pragma once

#include "backends/opencl/cl/cl_floor.h"
#include "gpufare.h"

#define GF_CL_CHIP 200

/* "PCI 0000:03:00.0", by whichever extension the driver has for it; false: it has none. */
bool gf_cl_find_address(cl_device_id device, char address[GF_CL_CHIP]);

/* By class, PCI address, UUID, or the driver's library and the device's number in it, whichever is
 * known first; "" if none is. Several devices of one platform on one card are its parts, which stay
 * apart. */
void gf_cl_find_chip(cl_platform_id platform, cl_device_id device, gf_device_class device_class,
                     char chip[GF_CL_CHIP]);
