/* Launches under way, and the device's times of the finished ones. A ring of events bounds how far
 * the host runs ahead of the device, so that memory stays bounded and a cancelled run ends soon. */
#pragma once

#include "backends/opencl/cl/cl_floor.h"
#include "gpufare.h"

/* Most launches that may be under way at once. */
#define GF_CL_RING 128

/* All zero: none was launched. */
typedef struct gf_cl_launches {
    cl_event ring[GF_CL_RING];
    uint32_t first, count;             /* of the ring's used part */
    uint64_t harvested;                /* launches whose times were read */
    uint64_t kernel_ns;                /* sum of END - START of the harvested launches */
    uint64_t latest_start, latest_end; /* of these, by the device's clock */
    const char *unusable;              /* NULL, or why the device's times can't be used */
    cl_int failure;                    /* CL_SUCCESS, or the code that a kernel ended with */
} gf_cl_launches;

/* The place for the next launch's event, after waiting until there is room. NULL: a launch has
 * failed. */
cl_event *gf_cl_launches_next(gf_cl_launches *launches);
/* Counts the launch whose event is in that place. True when the queue is to be flushed. */
bool gf_cl_launches_add(gf_cl_launches *launches);
/* The event of the latest launch; valid until the next one. At least one must be under way. */
cl_event gf_cl_launches_last(const gf_cl_launches *launches);
/* Waits for every launch under way. */
void gf_cl_launches_finish(gf_cl_launches *launches);
/* The time of all finished launches. False: it can't be used, and *reason says why. */
bool gf_cl_launches_time(const gf_cl_launches *launches, uint64_t *kernel_ns, const char **reason);
