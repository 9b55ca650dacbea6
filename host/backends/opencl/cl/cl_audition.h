/* Whether the times of a device's events can be believed: two kernels of known lengths, one four
 * times as long as the other, are timed by the device and by the host. docs/how-we-time.md names
 * the drivers whose times can't be true. */
#pragma once

#include "backends/opencl/cl/cl_floor.h"
#include "gpufare.h"

typedef struct gf_cl_clock {
    bool known;        /* the audition was held, now or by an earlier process */
    char trouble[160]; /* why the device's times are not believed; "": they are */
    /* Operations of a simple kernel that the device does in a ns of the host's clock, by which
     * times that can't be true are known; 0: not known. */
    double operations_per_ns;
    /* What a launch takes longer when its times are kept; 0: nothing, or not known. */
    double event_ns;
} gf_cl_clock;

/* What the audition needs of an open device. */
typedef struct gf_cl_auditioned {
    cl_context context;
    cl_command_queue queue; /* in order, with event times */
    cl_device_id id;
    const char *name, *platform, *driver; /* for which the outcome is kept for a day */
    const char *number;                   /* "0:0", for messages */
    const volatile sig_atomic_t *cancel;  /* NULL, or: end early when set */
} gf_cl_auditioned;

/* Holds the audition, unless its outcome is known or was saved. After the kernel was compiled that
 * takes about 0.1 s, and no more than a second and three launches, of 64 items or of some 0.1 s
 * each, and then 0.3 s and two rows of 32 short launches. GF_FAILED when the device can't compile
 * or run so small a kernel. */
gf_status gf_cl_audition(const gf_cl_auditioned *device, gf_cl_clock *clock, gf_error *error);

/* NULL, or why `kernel_ns` can't be the time of a kernel of at least this many operations. */
const char *gf_cl_clock_doubts(const gf_cl_clock *clock, double operations, uint64_t kernel_ns);
