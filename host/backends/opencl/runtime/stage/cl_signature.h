/* The parameters of a compiled kernel, as far as the driver tells them. */
#pragma once

#include "backends/opencl/cl/cl_floor.h"
#include "problem/ndrange_plan.h"

#define GF_CL_NAME 128

/* false: the driver keeps no names. */
bool gf_cl_parameter_name(cl_kernel kernel, cl_uint index, char name[GF_CL_NAME]);

/* Compares the `count` parameters with the arguments that the plan passes. GF_FAILED when their
 * number, an address space, a type or an order of names differs, with what to change;
 * GF_UNSUPPORTED for images. */
gf_status gf_cl_check_signature(cl_kernel kernel, const gf_ndrange_plan *plan, cl_uint count,
                                gf_error *error);
