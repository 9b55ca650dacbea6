#include "backends/opencl/cl/cl_launches.h"

/* The host runs ahead by about this much device time: far more than the host is ever late, and
 * little to wait for after a Ctrl-C. */
#define RUN_AHEAD_NS UINT64_C(100000000)
/* Until the first time is known. */
#define FIRST_RUN_AHEAD 8
/* Launches between two flushes: the device starts early and the host does not call too often. */
#define FLUSH_INTERVAL 8

static const char *const ZERO_TIMES = "the device's event times are zero";

/* Reads an event's four times. The queue is in order, so no launch starts or ends before an earlier
 * one. Returns NULL, or why they can't be used. */
static const char *read_times(gf_cl_launches *launches, cl_event event, uint64_t *duration_ns) {
    static const cl_profiling_info points[] = {
        CL_PROFILING_COMMAND_QUEUED, CL_PROFILING_COMMAND_SUBMIT, CL_PROFILING_COMMAND_START,
        CL_PROFILING_COMMAND_END};
    cl_ulong times[4] = {0, 0, 0, 0};
    for (int i = 0; i < 4; i++) {
        if (clGetEventProfilingInfo(event, points[i], sizeof times[i], &times[i], NULL) !=
            CL_SUCCESS)
            return "the driver keeps no event times";
    }
    if (times[2] == 0 || times[3] == 0)
        return ZERO_TIMES;
    if (times[0] > times[1] || times[1] > times[2] || times[2] > times[3])
        return "the device's event times are out of order";
    if (times[2] < launches->latest_start || times[3] < launches->latest_end)
        return "the device's event times run backwards from one launch to the next";
    launches->latest_start = times[2];
    launches->latest_end = times[3];
    *duration_ns = times[3] - times[2];
    return NULL;
}

/* The code that a kernel ended with; clWaitForEvents only says that some event failed. */
static cl_int failure_of(cl_event event, cl_int wait_code) {
    cl_int status = CL_COMPLETE;
    if (clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL) ==
            CL_SUCCESS &&
        status < 0)
        return status;
    return wait_code;
}

/* Waits for the oldest launch under way and takes its time. */
static void harvest_oldest(gf_cl_launches *launches) {
    const cl_event event = launches->ring[launches->first];
    const cl_int code = clWaitForEvents(1, &event);
    if (code != CL_SUCCESS) {
        if (launches->failure == CL_SUCCESS)
            launches->failure = failure_of(event, code);
    } else {
        uint64_t duration_ns = 0;
        const char *unusable = read_times(launches, event, &duration_ns);
        if (unusable != NULL)
            launches->unusable = unusable;
        launches->kernel_ns += duration_ns;
        launches->harvested++;
    }
    clReleaseEvent(event);
    launches->first = (launches->first + 1) % GF_CL_RING;
    launches->count--;
}

static uint32_t run_ahead(const gf_cl_launches *launches) {
    if (launches->harvested == 0)
        return FIRST_RUN_AHEAD;
    const uint64_t mean_ns = launches->kernel_ns / launches->harvested;
    const uint64_t fit = mean_ns == 0 ? GF_CL_RING : RUN_AHEAD_NS / mean_ns;
    if (fit < 2)
        return 2;
    return fit > GF_CL_RING ? GF_CL_RING : (uint32_t)fit;
}

cl_event *gf_cl_launches_next(gf_cl_launches *launches) {
    while (launches->count >= run_ahead(launches) && launches->failure == CL_SUCCESS)
        harvest_oldest(launches);
    if (launches->failure != CL_SUCCESS)
        return NULL;
    return &launches->ring[(launches->first + launches->count) % GF_CL_RING];
}

bool gf_cl_launches_add(gf_cl_launches *launches) {
    launches->count++;
    return launches->count % FLUSH_INTERVAL == 0 || launches->count >= run_ahead(launches);
}

cl_event gf_cl_launches_last(const gf_cl_launches *launches) {
    return launches->ring[(launches->first + launches->count - 1) % GF_CL_RING];
}

void gf_cl_launches_finish(gf_cl_launches *launches) {
    while (launches->count > 0)
        harvest_oldest(launches);
}

bool gf_cl_launches_time(const gf_cl_launches *launches, uint64_t *kernel_ns, const char **reason) {
    const char *unusable = launches->unusable;
    if (unusable == NULL && launches->harvested == 0)
        unusable = "nothing was launched";
    if (unusable == NULL && launches->kernel_ns == 0)
        unusable = ZERO_TIMES;
    if (unusable != NULL) {
        *reason = unusable;
        return false;
    }
    *kernel_ns = launches->kernel_ns;
    return true;
}
