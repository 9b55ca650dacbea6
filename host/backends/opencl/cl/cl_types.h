/* What the files of the OpenCL backend share. */
#ifndef GF_CL_TYPES_H
#define GF_CL_TYPES_H

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120 /* the floor: nothing newer is called */
#endif
#include <CL/cl.h>
#ifndef CL_PLATFORM_NOT_FOUND_KHR
#define CL_PLATFORM_NOT_FOUND_KHR -1001 /* of the ICD loader; CL/cl_ext.h has it */
#endif

#include "backends/opencl/cl/build_history.h"
#include "device/backend.h"

/* ---- Errors (cl_error.c) ----------------------------------------------- */

/* ---- Devices (cl_query.c, cl_enumerate.c, cl_device.c) ----------------- */

/* One device of one platform. Lives from enumerate to shut_down; gf_device.state points to it. */
typedef struct gf_cl_device {
    struct gf_cl_device *following; /* in the backend's list */
    cl_platform_id platform;
    cl_device_id id;
    char number[24]; /* "P:D" */
    char simd[32];
    char *name, *platform_name, *driver;
    bool shares_memory; /* a CPU, or a device with unified memory */
    bool denormals_f32; /* computes with numbers below 2^-126 instead of taking them for 0 */
    cl_context context; /* NULL while the device is closed */
    cl_command_queue queue;
} gf_cl_device;

static inline gf_cl_device *gf_cl_device_of(const gf_device *device) {
    return device->state;
}

/* ---- Pinned host memory (cl_host.c) ------------------------------------ */

/* ---- Buffers (cl_buffer.c) --------------------------------------------- */

/* ---- Signals (signals.c) --------------------------------------------------
 *
 * Drivers install signal handlers when they first touch a device (PoCL: 15 of them, SIGINT among
 * them), which would take away the program's own way to end cleanly. */

typedef struct gf_cl_signals gf_cl_signals;

/* ---- Programs (cl_program.c, cl_build.c, cl_arguments.c, cl_launch.c) -- */

/* Most launches that may be under way at once. */
#define GF_CL_RING 128

/* The launches under way and what the finished ones took. */
typedef struct gf_cl_launches {
    cl_event ring[GF_CL_RING];
    uint32_t first, count; /* of the ring's used part */
    uint64_t harvested;    /* launches whose times were read */
    uint64_t kernel_ns;    /* sum of END - START of the harvested */
    const char *unusable;  /* NULL, or why the device's times can't be used */
    cl_int failure;        /* CL_SUCCESS, or the code that a kernel ended with */
} gf_cl_launches;

struct gf_program {
    gf_device *device;
    const gf_problem *problem;
    gf_ndrange_plan plan;
    cl_program program;
    cl_kernel kernel;
    char *options;
    gf_build_id build_id;
    bool launched;          /* false: the first launch, in which drivers may still compile */
    gf_cl_signals *signals; /* saved at the first launch, until its finish */
    bool swapped;           /* the pair's state after the launches so far */
    gf_cl_launches launches;
    char note[512];
};

/* Whether the caller's flag, which may be NULL, is set. */
static inline bool gf_cl_cancelled(const volatile sig_atomic_t *cancel) {
    return cancel != NULL && *cancel != 0;
}

/* A part of the plan's NDRange. */
typedef struct gf_cl_band {
    size_t offset[2], global[2];
} gf_cl_band;

#endif
