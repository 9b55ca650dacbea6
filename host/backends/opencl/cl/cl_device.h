/* One device of one platform. Opening it makes a context and an in-order queue that keeps event
 * times. */
#pragma once

#include "backends/opencl/cl/cl_audition.h"
#include "backends/opencl/cl/cl_chip.h"
#include "backends/opencl/cl/cl_floor.h"
#include "device/backend.h"

/* The most commands of one launch that hand buffers over (runtime/cl_handover.h). */
#define GF_CL_HANDOVERS (2 * GF_MAX_BUFFERS)

/* Of commands that hand buffers over and are under way, or whose times were not read yet. */
typedef struct gf_cl_handover {
    cl_event events[GF_CL_HANDOVERS];
    uint32_t count;
    cl_int failure; /* of waiting for them, which the next launch reports */
} gf_cl_handover;

/* Lives from enumerate to shut_down; gf_device.state points to it. */
typedef struct gf_cl_device {
    struct gf_cl_device *following; /* in the backend's list */
    cl_platform_id platform;
    cl_device_id id;
    char number[24]; /* "P:D" */
    char simd[32];
    char class_source[160]; /* of gf_device_info, as is chip */
    char chip[GF_CHIP_TEXT];
    char *name, *platform_name, *driver;
    bool shares_memory; /* a CPU, or a device with unified memory */
    gf_fact facts[GF_FACT_COUNT];
    bool facts_complete; /* nothing is left to be tried */
    cl_context context;  /* NULL while the device is closed */
    cl_command_queue queue;
    cl_command_queue copies; /* for transfers beside kernels; NULL: not needed yet */
    gf_cl_handover up;       /* to the device, since the latest launch has ended */
    gf_cl_clock clock;       /* whether its event times are believed; known once it was opened */
} gf_cl_device;

static inline gf_cl_device *gf_cl_device_of(const gf_device *device) {
    return device->state;
}

gf_status gf_cl_open(gf_device *device, gf_error *error);
void gf_cl_close(gf_device *device);
