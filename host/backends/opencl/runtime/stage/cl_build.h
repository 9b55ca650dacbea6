/* From source to kernel: prelude.h and STEM.cl, or the plan's own text, compiled with the plan's
 * options. */
#pragma once

#include "backends/opencl/runtime/stage/cl_program_state.h"

/* Hash of the sources of a workload's kernels; 0: it has no OpenCL source. */
uint64_t gf_cl_source_hash(const gf_workload *workload);

/* The build options of a plan without a text of its own; `fma` is GF_FMA. NULL without memory; the
 * caller frees them. */
char *gf_cl_options(const gf_problem *problem, const gf_ndrange_plan *plan, int fma);

/* Compiles the source for a stage, whose plan is set, or loads what was saved: sets program,
 * kernel, options, and what is known of the build. */
gf_status gf_cl_build(const gf_program *program, gf_cl_stage *stage, gf_error *error);

/* Saves what was compiled, if that pays. `repeated`: this machine had built it before, and that
 * took as long. For a program whose kernels have run: none is saved whose parameters were refused.
 */
void gf_cl_save(const gf_program *program, bool repeated);
