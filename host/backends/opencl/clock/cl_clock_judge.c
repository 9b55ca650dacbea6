#include "backends/opencl/clock/cl_clock_judge.h"

#include <stdio.h>

/* How much faster or slower than the host's the device's clock may seem to be. Clocks that are
 * wrong are so by orders of magnitude: a constant, another unit. */
#define MOST_OFF 1.5
/* The host's times of the longer kernel, as a multiple of the shorter, that show which is which. */
#define LEAST_FACTOR 2.0
/* What a kernel takes longer by the host's clock than by its own is the launch and the wait for its
 * end; a little of it varies. */
#define MOST_LAUNCHES 3

static gf_cl_clock_outcome fail(double host_ns, double device_ns, bool disturbed, char *trouble,
                                size_t size) {
    snprintf(trouble, size,
             "the device's clock %s: what took %.3g ms by the host's clock took %.3g ms by its own",
             disturbed ? "could not be tested beside other programs" : "failed its test",
             host_ns * 1e-6, device_ns * 1e-6);
    return disturbed ? GF_CL_CLOCK_UNTESTED : GF_CL_CLOCK_FAILED;
}

/* The difference of both lengths is free of what a launch takes. The whole of the shorter kernel
 * shows an offset that both lengths share: it takes no longer than the host's time around it, and
 * shorter by a few launches at most. A host that other programs keep from noticing the end of a
 * kernel takes longer; no time of the device is longer than the host's around it because of that.
 */
gf_cl_clock_outcome gf_cl_clock_judge(const gf_cl_timings *least, bool disturbed, char *trouble,
                                      size_t size) {
    const gf_cl_timing *shorter = &least->shorter, *longer = &least->longer;
    const char *unusable = longer->unusable != NULL ? longer->unusable : shorter->unusable;
    if (unusable != NULL) {
        snprintf(trouble, size, "%s", unusable);
        return GF_CL_CLOCK_FAILED;
    }
    const double launch_ns = least->launch.host_ns, work_ns = shorter->host_ns - launch_ns;
    const double host_ns = longer->host_ns - shorter->host_ns;
    const double device_ns = longer->device_ns - shorter->device_ns;
    if (work_ns <= 0 || work_ns + host_ns < LEAST_FACTOR * work_ns) {
        snprintf(trouble, size,
                 "the device's clock could not be tested: %d times the work took %.2g times as "
                 "long (machine busy?)",
                 GF_CL_CLOCK_FACTOR, longer->host_ns / shorter->host_ns);
        return GF_CL_CLOCK_UNTESTED;
    }
    if (shorter->device_ns > MOST_OFF * shorter->host_ns)
        return fail(shorter->host_ns, shorter->device_ns, false, trouble, size);
    if (longer->device_ns > MOST_OFF * longer->host_ns)
        return fail(longer->host_ns, longer->device_ns, false, trouble, size);
    if (MOST_OFF * shorter->device_ns + MOST_LAUNCHES * launch_ns < shorter->host_ns)
        return fail(shorter->host_ns, shorter->device_ns, disturbed, trouble, size);
    if (device_ns * MOST_OFF < host_ns || device_ns > MOST_OFF * host_ns)
        return fail(host_ns, device_ns, disturbed, trouble, size);
    trouble[0] = '\0';
    return GF_CL_CLOCK_PASSED;
}
