/* What every OpenCL layer answers when its loader asks for its name and its version of the
 * interface. */
#pragma once

#include <CL/cl_layer.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* `bytes`: of the name, with its zero. */
static inline cl_int gf_answer_layer_info(const char *layer_name, size_t bytes, cl_layer_info asked,
                                          size_t size, void *value, size_t *size_ret) {
    static const cl_layer_api_version version = CL_LAYER_API_VERSION_100;
    const bool is_version = asked == CL_LAYER_API_VERSION;
    if (!is_version && asked != CL_LAYER_NAME)
        return CL_INVALID_VALUE;
    const size_t needed = is_version ? sizeof version : bytes;
    if (value != NULL && size < needed)
        return CL_INVALID_VALUE;
    if (value != NULL)
        memcpy(value, is_version ? (const void *)&version : layer_name, needed);
    if (size_ret != NULL)
        *size_ret = needed;
    return CL_SUCCESS;
}
