#include "backends/opencl/cl/cl_query.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Drivers pad names with blanks on both sides. */
static void trim(char *text) {
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    const size_t leading = strspn(text, " \t\n");
    memmove(text, text + leading, length - leading + 1);
}

/* Of the platform or, if that is NULL, of the device. */
static cl_int get_info(cl_platform_id platform, cl_device_id device, cl_uint parameter, size_t size,
                       void *value, size_t *needed) {
    return platform != NULL ? clGetPlatformInfo(platform, parameter, size, value, needed)
                            : clGetDeviceInfo(device, parameter, size, value, needed);
}

static char *read_text(cl_platform_id platform, cl_device_id device, cl_uint parameter) {
    size_t size = 0;
    if (get_info(platform, device, parameter, 0, NULL, &size) != CL_SUCCESS)
        return NULL;
    char *text = calloc(1, size + 1);
    if (text == NULL)
        return NULL;
    if (get_info(platform, device, parameter, size, text, NULL) != CL_SUCCESS) {
        free(text);
        return NULL;
    }
    gf_flatten_text(text);
    trim(text);
    return text;
}

char *gf_cl_platform_text(cl_platform_id platform, cl_platform_info parameter) {
    return platform != NULL ? read_text(platform, NULL, parameter) : NULL;
}

char *gf_cl_device_text(cl_device_id device, cl_device_info parameter) {
    return read_text(NULL, device, parameter);
}

uint64_t gf_cl_device_u64(cl_device_id device, cl_device_info parameter) {
    cl_ulong value = 0;
    return clGetDeviceInfo(device, parameter, sizeof value, &value, NULL) == CL_SUCCESS ? value : 0;
}

uint32_t gf_cl_device_u32(cl_device_id device, cl_device_info parameter) {
    cl_uint value = 0;
    return clGetDeviceInfo(device, parameter, sizeof value, &value, NULL) == CL_SUCCESS ? value : 0;
}

size_t gf_cl_device_size(cl_device_id device, cl_device_info parameter) {
    size_t value = 0;
    return clGetDeviceInfo(device, parameter, sizeof value, &value, NULL) == CL_SUCCESS ? value : 0;
}

char *gf_cl_build_log(cl_program program, cl_device_id device) {
    size_t size = 0;
    if (clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) !=
            CL_SUCCESS ||
        size <= 1)
        return NULL;
    char *log = calloc(1, size + 1);
    if (log != NULL && clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, size, log,
                                             NULL) != CL_SUCCESS) {
        free(log);
        return NULL;
    }
    return log;
}

bool gf_cl_version_suffices(const char *version) {
    unsigned major = 0, minor = 0;
    if (version == NULL || sscanf(version, "OpenCL %u.%u", &major, &minor) != 2)
        return false;
    return major > 1 || (major == 1 && minor >= 2);
}
