#include "backends/opencl/runtime/cl_handover.h"

bool gf_cl_handover_is_timed(const gf_cl_device *device) {
    return device->clock.known && device->clock.trouble[0] == '\0';
}

cl_event *gf_cl_handover_next(gf_cl_handover *handover) {
    if (handover->count == GF_CL_HANDOVERS)
        return NULL;
    cl_event *event = &handover->events[handover->count];
    *event = NULL;
    return event;
}

void gf_cl_handover_add(gf_cl_handover *handover) {
    if (handover->count < GF_CL_HANDOVERS)
        handover->count++;
}

/* 0 where the driver keeps none. */
static uint64_t duration_ns(cl_event event) {
    cl_ulong start = 0, end = 0;
    if (clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL) !=
            CL_SUCCESS ||
        clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL) !=
            CL_SUCCESS)
        return 0;
    return end > start ? end - start : 0;
}

uint64_t gf_cl_handover_take_ns(gf_cl_handover *handover) {
    uint64_t all_ns = 0;
    for (uint32_t i = 0; i < handover->count; i++) {
        all_ns += duration_ns(handover->events[i]);
        clReleaseEvent(handover->events[i]);
    }
    handover->count = 0;
    return all_ns;
}
