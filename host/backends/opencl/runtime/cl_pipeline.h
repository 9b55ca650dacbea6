/* Round trips whose transfers overlap the kernels: slots of the backend. */
#pragma once

#include "device/backend.h"

gf_status gf_cl_pipeline_create(gf_program *program, gf_buffer *buffers, gf_pipeline **pipeline,
                                gf_error *error);
void gf_cl_pipeline_release(gf_pipeline *pipeline);
gf_overlap gf_cl_pipeline_overlap(const gf_pipeline *pipeline);
gf_status gf_cl_pipeline_run(gf_pipeline *pipeline, const volatile sig_atomic_t *cancel,
                             bool *swapped, gf_error *error);
