/* The entry points of the layer; the loader finds them by their names. The loaders of this world
 * call different ones: ocl-icd clInitLayer, Khronos' newer loader clInitLayerWithProperties,
 * without which it drops a layer without a word, and clDeinitLayer. */
#pragma once

#include "layer/loader.h"

#define GF_EXPORT __attribute__((visibility("default")))

/* Not in the headers of older systems. */
GF_EXPORT cl_int CL_API_CALL clInitLayerWithProperties(cl_uint entries,
                                                       const cl_icd_dispatch *target,
                                                       cl_uint *entries_ret,
                                                       const cl_icd_dispatch **layer,
                                                       const cl_uint *properties);
GF_EXPORT cl_int CL_API_CALL clDeinitLayer(void);
