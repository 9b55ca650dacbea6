/* OpenCL's own header, at the version that is this backend's floor. */
#pragma once

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120 /* nothing newer is called */
#endif
#include <CL/cl.h>
#ifndef CL_PLATFORM_NOT_FOUND_KHR
#define CL_PLATFORM_NOT_FOUND_KHR -1001 /* of the ICD loader; CL/cl_ext.h has it */
#endif
