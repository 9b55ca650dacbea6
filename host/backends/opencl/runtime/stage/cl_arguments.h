/* A kernel's arguments: those that its variant passes, or else every buffer, every scalar, then
 * `uint steps` if the problem has steps. */
#pragma once

#include "backends/opencl/cl/cl_floor.h"
#include "backends/opencl/runtime/stage/cl_program_state.h"

/* Compares the parameter list of the stage's kernel with what it gets. GF_FAILED: they differ. */
gf_status gf_cl_check_arguments(const gf_program *program, gf_cl_stage *stage, gf_error *error);

/* Sets the values, as they are in step `step`; those that a variant does not pass itself are the
 * same in every step. */
gf_status gf_cl_set_values(const gf_program *program, gf_cl_stage *stage, uint64_t step,
                           gf_error *error);

/* Sets every buffer; a pair in the order (source, destination). */
gf_status gf_cl_set_buffers(const gf_program *program, const gf_cl_stage *stage,
                            const cl_mem *memories, bool swapped, gf_error *error);

/* Sets the last argument of a kernel with steps, unless its variant passes the arguments. */
gf_status gf_cl_set_steps(const gf_program *program, const gf_cl_stage *stage, uint32_t steps,
                          gf_error *error);
