/* From source to kernel: prelude.h and STEM.cl compiled with the plan's options. */
#pragma once

#include "device/backend.h"

/* Hash of the sources of a workload's kernels; 0: it has no OpenCL source. */
uint64_t gf_cl_source_hash(const gf_workload *workload);

/* Compiles the workload's source for the plan: sets program->program, kernel, options, build_id. */
gf_status gf_cl_build(gf_program *program, gf_error *error);
