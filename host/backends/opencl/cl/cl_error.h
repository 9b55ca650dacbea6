/* OpenCL's error codes as errors of gpufare. */
#pragma once

#include "backends/opencl/cl/cl_floor.h"
#include "gpufare.h"

/* "CL_OUT_OF_RESOURCES"; "CL_UNKNOWN_ERROR" for a code that has no name. */
const char *gf_cl_error_name(cl_int code);

/* GF_OK for CL_SUCCESS. Otherwise sets GF_FAILED, the code and "WHAT failed: NAME (code)", with
 * advice where causes of the code are known. */
gf_status gf_cl_check(gf_error *error, cl_int code, const char *what_format, ...) GF_PRINTF(3, 4);
