/* The loaders of this process. Each has a table of its own: a Python wheel may bring a second one,
 * whose objects the first one does not know. */
#pragma once

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 300
#endif
#define CL_USE_DEPRECATED_OPENCL_1_0_APIS
#define CL_USE_DEPRECATED_OPENCL_1_1_APIS
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#define CL_USE_DEPRECATED_OPENCL_2_0_APIS
#define CL_USE_DEPRECATED_OPENCL_2_1_APIS
#define CL_USE_DEPRECATED_OPENCL_2_2_APIS
#include <CL/cl.h>
#include <CL/cl_layer.h>

#define GF_LOADERS 3

typedef struct gf_loader {
    cl_icd_dispatch below; /* what the loader gave; NULL beyond its number of entries */
} gf_loader;

extern gf_loader gf_loaders[GF_LOADERS];
