/* Pinned memory is a buffer that the driver allocates where the device's copy engines can reach it,
 * mapped once and left mapped. It is never a kernel's argument; transfers have its pointer as their
 * source or target, so that the driver need not copy through pinned memory of its own. */
#include "backends/opencl/runtime/cl_host.h"
#include "backends/opencl/cl/cl_device.h"
#include "backends/opencl/cl/cl_error.h"
#include "base/error.h"

#include <stdlib.h>

typedef struct pinned {
    cl_mem memory;
    cl_command_queue queue; /* retained: the device may be closed before the array is released */
} pinned;

/* Codes that mean no more memory can be pinned; plain memory still works. */
static bool is_used_up(cl_int code) {
    return code == CL_MEM_OBJECT_ALLOCATION_FAILURE || code == CL_OUT_OF_HOST_MEMORY ||
           code == CL_MAP_FAILURE;
}

static cl_int allocate_pinned(const gf_cl_device *state, size_t bytes, pinned *made,
                              void **mapped) {
    cl_int code = CL_SUCCESS;
    made->memory = clCreateBuffer(state->context, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR, bytes,
                                  NULL, &code);
    if (code == CL_SUCCESS)
        *mapped = clEnqueueMapBuffer(made->queue, made->memory, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE,
                                     0, bytes, 0, NULL, NULL, &code);
    return code;
}

static void release_pinned(pinned *made) {
    if (made->memory != NULL)
        clReleaseMemObject(made->memory);
    clReleaseCommandQueue(made->queue);
    free(made);
}

static gf_status pinning_failed(const gf_cl_device *state, cl_int code, size_t bytes,
                                gf_error *error) {
    return gf_cl_check(error, code, "making %zu bytes of pinned memory for device %s", bytes,
                       state->number);
}

gf_status gf_cl_host_array_create(gf_host_array *array, size_t bytes, gf_error *error) {
    const gf_cl_device *state = gf_cl_device_of(array->device);
    if (state->shares_memory)
        return GF_OK; /* buffers use plain memory, in place */
    pinned *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "pinned memory", sizeof *made);
    cl_int code = clRetainCommandQueue(state->queue);
    if (code != CL_SUCCESS) {
        free(made);
        return pinning_failed(state, code, bytes, error);
    }
    made->queue = state->queue;
    code = allocate_pinned(state, bytes, made, &array->memory);
    if (code != CL_SUCCESS) {
        release_pinned(made);
        array->memory = NULL;
        return is_used_up(code) ? GF_OK : pinning_failed(state, code, bytes, error);
    }
    array->handle = made;
    array->kind = "pinned";
    return GF_OK;
}

void gf_cl_host_array_release(gf_host_array *array) {
    pinned *made = array->handle;
    if (clEnqueueUnmapMemObject(made->queue, made->memory, array->memory, 0, NULL, NULL) ==
        CL_SUCCESS)
        (void)clFinish(made->queue);
    release_pinned(made);
}
