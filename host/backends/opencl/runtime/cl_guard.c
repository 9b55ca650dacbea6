#include "backends/opencl/runtime/cl_guard.h"
#include "backends/opencl/cl/cl_device.h"
#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/cl/cl_query.h"

/* Parts of a buffer begin at multiples of this many bits. */
static bool can_begin_behind_guard(const gf_cl_device *device) {
    const cl_uint bits = gf_cl_device_u32(device->id, CL_DEVICE_MEM_BASE_ADDR_ALIGN);
    return bits >= 8 && GF_GUARD_BYTES % (bits / 8) == 0;
}

static bool has_room(const gf_buffer *buffer) {
    const uint64_t limit = buffer->device->info.max_alloc_bytes;
    return buffer->bytes <= SIZE_MAX - 2 * GF_GUARD_BYTES &&
           (limit == 0 || buffer->bytes + 2 * GF_GUARD_BYTES <= limit);
}

static cl_int write_pattern(const gf_buffer *buffer, cl_mem whole) {
    const cl_command_queue queue = gf_cl_device_of(buffer->device)->queue;
    unsigned char pattern[GF_GUARD_BYTES];
    gf_guard_fill(pattern, sizeof pattern);
    const cl_int code =
        clEnqueueWriteBuffer(queue, whole, CL_TRUE, 0, sizeof pattern, pattern, 0, NULL, NULL);
    return code != CL_SUCCESS
               ? code
               : clEnqueueWriteBuffer(queue, whole, CL_TRUE, GF_GUARD_BYTES + buffer->bytes,
                                      sizeof pattern, pattern, 0, NULL, NULL);
}

gf_status gf_cl_guard_create(const gf_buffer *buffer, cl_mem_flags flags, cl_mem *whole,
                             cl_mem *memory, gf_error *error) {
    const gf_cl_device *device = gf_cl_device_of(buffer->device);
    const cl_buffer_region middle = {GF_GUARD_BYTES, buffer->bytes};
    cl_int code = CL_SUCCESS;
    if (!can_begin_behind_guard(device) || !has_room(buffer))
        return GF_OK;
    const cl_mem made = clCreateBuffer(device->context, CL_MEM_READ_WRITE,
                                       buffer->bytes + 2 * GF_GUARD_BYTES, NULL, &code);
    if (code != CL_SUCCESS)
        return GF_OK; /* it may have room for the buffer alone */
    const cl_mem part =
        clCreateSubBuffer(made, flags, CL_BUFFER_CREATE_TYPE_REGION, &middle, &code);
    if (code != CL_SUCCESS) {
        clReleaseMemObject(made);
        return GF_OK;
    }
    code = write_pattern(buffer, made);
    if (code == CL_SUCCESS) {
        *whole = made;
        *memory = part;
        return GF_OK;
    }
    clReleaseMemObject(part);
    clReleaseMemObject(made);
    return gf_cl_check(error, code, "writing guards round a buffer of %zu bytes on device %s",
                       buffer->bytes, device->number);
}

gf_status gf_cl_guard_read(const gf_buffer *buffer, cl_mem whole, gf_trespasses *found,
                           gf_error *error) {
    const gf_cl_device *device = gf_cl_device_of(buffer->device);
    unsigned char bytes[GF_GUARD_BYTES];
    cl_int code =
        clEnqueueReadBuffer(device->queue, whole, CL_TRUE, 0, sizeof bytes, bytes, 0, NULL, NULL);
    if (code == CL_SUCCESS)
        found->before = gf_guard_compare(bytes, sizeof bytes, true);
    if (code == CL_SUCCESS)
        code = clEnqueueReadBuffer(device->queue, whole, CL_TRUE, GF_GUARD_BYTES + buffer->bytes,
                                   sizeof bytes, bytes, 0, NULL, NULL);
    if (code == CL_SUCCESS)
        found->behind = gf_guard_compare(bytes, sizeof bytes, false);
    return gf_cl_check(error, code, "reading guards round a buffer of %zu bytes on device %s",
                       buffer->bytes, device->number);
}
