/* Facts that OpenCL tells about platforms and devices. */
#ifndef GF_CL_QUERY_H
#define GF_CL_QUERY_H

#include "backends/opencl/cl/cl_types.h"

/* The text of a platform or device parameter, blanks trimmed, for the caller to free; NULL when the
 * driver does not give it or memory is out. */
char *gf_cl_platform_text(cl_platform_id platform, cl_platform_info parameter);
char *gf_cl_device_text(cl_device_id device, cl_device_info parameter);

/* A number of a device; 0 when the driver does not give it. */
uint64_t gf_cl_device_u64(cl_device_id device, cl_device_info parameter);
uint32_t gf_cl_device_u32(cl_device_id device, cl_device_info parameter);
size_t gf_cl_device_size(cl_device_id device, cl_device_info parameter);

/* Reads "OpenCL 1.2 ..."; false when the text does not start like that or says less than 1.2. */
bool gf_cl_version_suffices(const char *version);

#endif
