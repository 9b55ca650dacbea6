#include "backends/opencl/runtime/cl_copies.h"
#include "backends/opencl/cl/cl_device.h"
#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/runtime/cl_buffer.h"

static gf_status check(const gf_cl_device *state, cl_int code, gf_error *error) {
    return gf_cl_check(error, code, "moving a band to or from device %s during a kernel",
                       state->number);
}

static gf_status make_queue(gf_cl_device *state, gf_error *error) {
    cl_int code = CL_SUCCESS;
    if (state->copies != NULL)
        return GF_OK;
    state->copies = clCreateCommandQueue(state->context, state->id, 0, &code);
    if (code != CL_SUCCESS)
        state->copies = NULL;
    return gf_cl_check(error, code, "making a transfer queue on device %s", state->number);
}

static gf_status begin_copy(const gf_cl_device *state, const gf_copy *copy, gf_error *error) {
    char *memory = (char *)copy->array + copy->first;
    cl_mem buffer = NULL;
    const gf_status status = gf_cl_buffer_for_kernel(copy->buffer, &buffer, error);
    if (status != GF_OK)
        return status;
    const cl_int code = copy->up
                            ? clEnqueueWriteBuffer(state->copies, buffer, CL_FALSE, copy->first,
                                                   copy->bytes, memory, 0, NULL, NULL)
                            : clEnqueueReadBuffer(state->copies, buffer, CL_FALSE, copy->first,
                                                  copy->bytes, memory, 0, NULL, NULL);
    return check(state, code, error);
}

gf_status gf_cl_copies_begin(gf_device *device, const gf_launch *launch, gf_error *error) {
    gf_cl_device *state = gf_cl_device_of(device);
    if (launch->copy_count == 0)
        return GF_OK;
    gf_status status = make_queue(state, error);
    for (uint32_t i = 0; status == GF_OK && i < launch->copy_count; i++)
        status = begin_copy(state, &launch->copies[i], error);
    return status == GF_OK ? check(state, clFlush(state->copies), error) : status;
}

gf_status gf_cl_copies_finish(gf_device *device, gf_error *error) {
    const gf_cl_device *state = gf_cl_device_of(device);
    if (state->copies == NULL)
        return GF_OK;
    const cl_int code = clFinish(state->copies);
    if (code != CL_SUCCESS) /* the caller may free the host's memory */
        (void)clFinish(state->copies);
    return check(state, code, error);
}
