#include "backends/opencl/cl/cl_device.h"
#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/cl/signals.h"

static gf_status make_queue(gf_cl_device *state, gf_error *error) {
    cl_int code = CL_SUCCESS;
    state->queue =
        clCreateCommandQueue(state->context, state->id, CL_QUEUE_PROFILING_ENABLE, &code);
    return gf_cl_check(error, code, "making a command queue on device %s", state->number);
}

/* While the driver's handlers are kept away: it compiles and computes. */
static gf_status test_clock(gf_cl_device *state, const volatile sig_atomic_t *cancel,
                            gf_error *error) {
    const gf_cl_auditioned device = {.context = state->context,
                                     .queue = state->queue,
                                     .id = state->id,
                                     .name = state->name,
                                     .platform = state->platform_name,
                                     .driver = state->driver,
                                     .number = state->number,
                                     .cancel = cancel};
    return gf_cl_audition(&device, &state->clock, error);
}

gf_status gf_cl_open(gf_device *device, gf_error *error) {
    gf_cl_device *state = gf_cl_device_of(device);
    const cl_context_properties properties[] = {CL_CONTEXT_PLATFORM,
                                                (cl_context_properties)state->platform, 0};
    gf_cl_signals *signals = gf_cl_signals_save();
    cl_int code = CL_SUCCESS;
    state->context = clCreateContext(properties, 1, &state->id, NULL, NULL, &code);
    gf_status status = gf_cl_check(error, code, "opening OpenCL device %s", state->number);
    if (status == GF_OK)
        status = make_queue(state, error);
    if (status == GF_OK)
        status = test_clock(state, device->cancel, error);
    if (status != GF_OK)
        gf_cl_close(device);
    gf_cl_signals_restore(signals);
    return status;
}

void gf_cl_close(gf_device *device) {
    gf_cl_device *state = gf_cl_device_of(device);
    if (state->copies != NULL)
        clReleaseCommandQueue(state->copies);
    if (state->queue != NULL)
        clReleaseCommandQueue(state->queue);
    if (state->context != NULL)
        clReleaseContext(state->context);
    state->queue = state->copies = NULL;
    for (uint32_t i = 0; i < state->up.count; i++)
        clReleaseEvent(state->up.events[i]);
    state->up.count = 0;
    state->context = NULL;
}
