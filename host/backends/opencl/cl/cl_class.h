/* What kind of device a driver's device is. A renderer on the CPU is a CPU, whatever its driver
 * says, because a verdict about GPUs must not rest on it. */
#pragma once

#include "backends/opencl/cl/cl_floor.h"
#include "gpufare.h"

typedef struct gf_cl_claim {
    cl_device_type type;         /* as the driver says */
    const char *platform, *name; /* of platform and device */
    const char *processor;       /* the brand of this machine's processor; "" unknown */
    bool on_bus;                 /* the device has a PCI address */
} gf_cl_claim;

/* The class, and in `source` how it is known. */
gf_device_class gf_cl_classify(const gf_cl_claim *claim, char *source, size_t size);

/* The same for a device of a platform; NULL for `source`: not wanted. */
gf_device_class gf_cl_class_of(cl_platform_id platform, cl_device_id device, char *source,
                               size_t size);
