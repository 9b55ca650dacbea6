#include "backends/opencl/cl/cl_query.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Drivers pad names with blanks on both sides. */
static void trim(char *text) {
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    const size_t leading = strspn(text, " \t\n");
    memmove(text, text + leading, length - leading + 1);
}

char *gf_cl_platform_text(cl_platform_id platform, cl_platform_info parameter) {
    size_t size = 0;
    if (clGetPlatformInfo(platform, parameter, 0, NULL, &size) != CL_SUCCESS)
        return NULL;
    char *text = calloc(1, size + 1);
    if (text == NULL)
        return NULL;
    if (clGetPlatformInfo(platform, parameter, size, text, NULL) != CL_SUCCESS) {
        free(text);
        return NULL;
    }
    trim(text);
    return text;
}

char *gf_cl_device_text(cl_device_id device, cl_device_info parameter) {
    size_t size = 0;
    if (clGetDeviceInfo(device, parameter, 0, NULL, &size) != CL_SUCCESS)
        return NULL;
    char *text = calloc(1, size + 1);
    if (text == NULL)
        return NULL;
    if (clGetDeviceInfo(device, parameter, size, text, NULL) != CL_SUCCESS) {
        free(text);
        return NULL;
    }
    trim(text);
    return text;
}

uint64_t gf_cl_device_u64(cl_device_id device, cl_device_info parameter) {
    cl_ulong value = 0;
    if (clGetDeviceInfo(device, parameter, sizeof value, &value, NULL) != CL_SUCCESS)
        return 0;
    return value;
}

uint32_t gf_cl_device_u32(cl_device_id device, cl_device_info parameter) {
    cl_uint value = 0;
    if (clGetDeviceInfo(device, parameter, sizeof value, &value, NULL) != CL_SUCCESS)
        return 0;
    return value;
}

size_t gf_cl_device_size(cl_device_id device, cl_device_info parameter) {
    size_t value = 0;
    if (clGetDeviceInfo(device, parameter, sizeof value, &value, NULL) != CL_SUCCESS)
        return 0;
    return value;
}

bool gf_cl_version_suffices(const char *version) {
    unsigned major = 0, minor = 0;
    if (version == NULL || sscanf(version, "OpenCL %u.%u", &major, &minor) != 2)
        return false;
    return major > 1 || (major == 1 && minor >= 2);
}
