/* Parameters of platforms, devices and programs. */
#pragma once

#include "backends/opencl/cl/cl_floor.h"
#include "gpufare.h"

/* A parameter's text without surrounding blanks, which the caller frees; NULL when the driver does
 * not have it, or out of memory. */
char *gf_cl_platform_text(cl_platform_id platform, cl_platform_info parameter);
char *gf_cl_device_text(cl_device_id device, cl_device_info parameter);

/* A parameter's number; 0 when the driver does not have it. */
uint64_t gf_cl_device_u64(cl_device_id device, cl_device_info parameter);
uint32_t gf_cl_device_u32(cl_device_id device, cl_device_info parameter);
size_t gf_cl_device_size(cl_device_id device, cl_device_info parameter);

/* The compiler's log, which the caller frees; NULL when there is none. */
char *gf_cl_build_log(cl_program program, cl_device_id device);

/* Reads "OpenCL 1.2 ..."; false when the text does not start like that or the version is below 1.2.
 */
bool gf_cl_version_suffices(const char *version);
