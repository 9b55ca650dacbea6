#include "backends/opencl/cl/cl_error.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/array.h"
#include "base/error.h"

/* One row per code: its name, and advice where something can be done about it. */
typedef struct error_row {
    cl_int code;
    const char *name;
    const char *advice;
} error_row;

#define MEMORY_ADVICE "use a smaller problem or a device with more memory"
#define CACHE_ADVICE                                                                               \
    "if the driver is PoCL, set POCL_CACHE_DIR to a private folder with room on its disk"

static const error_row rows[] = {
    {CL_SUCCESS, "CL_SUCCESS", NULL},
    {CL_DEVICE_NOT_FOUND, "CL_DEVICE_NOT_FOUND", CACHE_ADVICE},
    {CL_DEVICE_NOT_AVAILABLE, "CL_DEVICE_NOT_AVAILABLE", NULL},
    {CL_COMPILER_NOT_AVAILABLE, "CL_COMPILER_NOT_AVAILABLE", NULL},
    {CL_MEM_OBJECT_ALLOCATION_FAILURE, "CL_MEM_OBJECT_ALLOCATION_FAILURE", MEMORY_ADVICE},
    {CL_OUT_OF_RESOURCES, "CL_OUT_OF_RESOURCES",
     "out of memory, or the device was lost; use a smaller problem, and look at the system's log"},
    {CL_OUT_OF_HOST_MEMORY, "CL_OUT_OF_HOST_MEMORY", MEMORY_ADVICE},
    {CL_PROFILING_INFO_NOT_AVAILABLE, "CL_PROFILING_INFO_NOT_AVAILABLE", NULL},
    {CL_MEM_COPY_OVERLAP, "CL_MEM_COPY_OVERLAP", NULL},
    {CL_IMAGE_FORMAT_MISMATCH, "CL_IMAGE_FORMAT_MISMATCH", NULL},
    {CL_IMAGE_FORMAT_NOT_SUPPORTED, "CL_IMAGE_FORMAT_NOT_SUPPORTED", NULL},
    {CL_BUILD_PROGRAM_FAILURE, "CL_BUILD_PROGRAM_FAILURE",
     "the compiler's log, or what the driver wrote to stderr, says why; `gpufare doctor` tries the "
     "compiler and its cache"},
    {CL_MAP_FAILURE, "CL_MAP_FAILURE", NULL},
    {CL_MISALIGNED_SUB_BUFFER_OFFSET, "CL_MISALIGNED_SUB_BUFFER_OFFSET", NULL},
    {CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST, "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST",
     NULL},
    {CL_COMPILE_PROGRAM_FAILURE, "CL_COMPILE_PROGRAM_FAILURE", NULL},
    {CL_LINKER_NOT_AVAILABLE, "CL_LINKER_NOT_AVAILABLE", NULL},
    {CL_LINK_PROGRAM_FAILURE, "CL_LINK_PROGRAM_FAILURE", NULL},
    {CL_DEVICE_PARTITION_FAILED, "CL_DEVICE_PARTITION_FAILED", NULL},
    {CL_KERNEL_ARG_INFO_NOT_AVAILABLE, "CL_KERNEL_ARG_INFO_NOT_AVAILABLE", NULL},
    {CL_INVALID_VALUE, "CL_INVALID_VALUE", NULL},
    {CL_INVALID_DEVICE_TYPE, "CL_INVALID_DEVICE_TYPE", NULL},
    {CL_INVALID_PLATFORM, "CL_INVALID_PLATFORM", NULL},
    {CL_INVALID_DEVICE, "CL_INVALID_DEVICE", NULL},
    {CL_INVALID_CONTEXT, "CL_INVALID_CONTEXT", NULL},
    {CL_INVALID_QUEUE_PROPERTIES, "CL_INVALID_QUEUE_PROPERTIES", NULL},
    {CL_INVALID_COMMAND_QUEUE, "CL_INVALID_COMMAND_QUEUE", "the device may have been lost"},
    {CL_INVALID_HOST_PTR, "CL_INVALID_HOST_PTR", NULL},
    {CL_INVALID_MEM_OBJECT, "CL_INVALID_MEM_OBJECT", NULL},
    {CL_INVALID_IMAGE_FORMAT_DESCRIPTOR, "CL_INVALID_IMAGE_FORMAT_DESCRIPTOR", NULL},
    {CL_INVALID_IMAGE_SIZE, "CL_INVALID_IMAGE_SIZE", NULL},
    {CL_INVALID_SAMPLER, "CL_INVALID_SAMPLER", NULL},
    {CL_INVALID_BINARY, "CL_INVALID_BINARY", NULL},
    {CL_INVALID_BUILD_OPTIONS, "CL_INVALID_BUILD_OPTIONS", NULL},
    {CL_INVALID_PROGRAM, "CL_INVALID_PROGRAM", NULL},
    {CL_INVALID_PROGRAM_EXECUTABLE, "CL_INVALID_PROGRAM_EXECUTABLE", NULL},
    {CL_INVALID_KERNEL_NAME, "CL_INVALID_KERNEL_NAME",
     "the driver's kernel cache may hold what a crash left half made; if it is PoCL, set "
     "POCL_CACHE_DIR to a new folder"},
    {CL_INVALID_KERNEL_DEFINITION, "CL_INVALID_KERNEL_DEFINITION", NULL},
    {CL_INVALID_KERNEL, "CL_INVALID_KERNEL", NULL},
    {CL_INVALID_ARG_INDEX, "CL_INVALID_ARG_INDEX", NULL},
    {CL_INVALID_ARG_VALUE, "CL_INVALID_ARG_VALUE", NULL},
    {CL_INVALID_ARG_SIZE, "CL_INVALID_ARG_SIZE", "the kernel's parameter has another type"},
    {CL_INVALID_KERNEL_ARGS, "CL_INVALID_KERNEL_ARGS", NULL},
    {CL_INVALID_WORK_DIMENSION, "CL_INVALID_WORK_DIMENSION", NULL},
    {CL_INVALID_WORK_GROUP_SIZE, "CL_INVALID_WORK_GROUP_SIZE", NULL},
    {CL_INVALID_WORK_ITEM_SIZE, "CL_INVALID_WORK_ITEM_SIZE", NULL},
    {CL_INVALID_GLOBAL_OFFSET, "CL_INVALID_GLOBAL_OFFSET", NULL},
    {CL_INVALID_EVENT_WAIT_LIST, "CL_INVALID_EVENT_WAIT_LIST", NULL},
    {CL_INVALID_EVENT, "CL_INVALID_EVENT", NULL},
    {CL_INVALID_OPERATION, "CL_INVALID_OPERATION", NULL},
    {CL_INVALID_GL_OBJECT, "CL_INVALID_GL_OBJECT", NULL},
    {CL_INVALID_BUFFER_SIZE, "CL_INVALID_BUFFER_SIZE", MEMORY_ADVICE},
    {CL_INVALID_MIP_LEVEL, "CL_INVALID_MIP_LEVEL", NULL},
    {CL_INVALID_GLOBAL_WORK_SIZE, "CL_INVALID_GLOBAL_WORK_SIZE", NULL},
    {CL_INVALID_PROPERTY, "CL_INVALID_PROPERTY", NULL},
    {CL_INVALID_IMAGE_DESCRIPTOR, "CL_INVALID_IMAGE_DESCRIPTOR", NULL},
    {CL_INVALID_COMPILER_OPTIONS, "CL_INVALID_COMPILER_OPTIONS", NULL},
    {CL_INVALID_LINKER_OPTIONS, "CL_INVALID_LINKER_OPTIONS", NULL},
    {CL_INVALID_DEVICE_PARTITION_COUNT, "CL_INVALID_DEVICE_PARTITION_COUNT", NULL},
    {CL_PLATFORM_NOT_FOUND_KHR, "CL_PLATFORM_NOT_FOUND_KHR",
     "no OpenCL driver is installed; for the CPU: sudo apt install pocl-opencl-icd"},
};

static const error_row *find_row(cl_int code) {
    for (size_t i = 0; i < GF_COUNT_OF(rows); i++) {
        if (rows[i].code == code)
            return &rows[i];
    }
    return NULL;
}

const char *gf_cl_error_name(cl_int code) {
    const error_row *row = find_row(code);
    return row == NULL ? "CL_UNKNOWN_ERROR" : row->name;
}

gf_status gf_cl_check(gf_error *error, cl_int code, const char *what_format, ...) {
    if (code == CL_SUCCESS)
        return GF_OK;
    char what[GF_ERROR_TEXT / 2];
    va_list arguments;
    va_start(arguments, what_format);
    vsnprintf(what, sizeof what, what_format, arguments);
    va_end(arguments);
    const error_row *row = find_row(code);
    const char *advice = row == NULL ? NULL : row->advice;
    return gf_error_set_native(error, GF_FAILED, code, gf_cl_error_name(code),
                               "%s failed: %s (%d)%s%s", what, gf_cl_error_name(code), code,
                               advice == NULL ? "" : ": ", advice == NULL ? "" : advice);
}
