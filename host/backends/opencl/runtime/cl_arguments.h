/* A kernel's arguments: every buffer, every scalar, then `uint steps` if the problem has steps. */
#pragma once

#include "backends/opencl/cl/cl_floor.h"
#include "device/backend.h"

/* Compares the kernel's parameter list with the problem's. GF_FAILED: they differ. */
gf_status gf_cl_check_arguments(const gf_program *program, gf_error *error);

/* Sets the scalars, which stay the same over all launches. */
gf_status gf_cl_set_scalars(const gf_program *program, gf_error *error);

/* Sets every buffer; a pair in the order (source, destination). */
gf_status gf_cl_set_buffers(const gf_program *program, const cl_mem *memories, bool swapped,
                            gf_error *error);

/* Sets the last argument of a kernel with steps. */
gf_status gf_cl_set_steps(const gf_program *program, uint32_t steps, gf_error *error);
