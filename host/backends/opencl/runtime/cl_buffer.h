/* Buffers, in place or in memory of the device's own: slots of the backend. */
#pragma once

#include "backends/opencl/cl/cl_floor.h"
#include "device/backend.h"

gf_status gf_cl_buffer_create(gf_buffer *buffer, gf_error *error);
void gf_cl_buffer_release(gf_buffer *buffer);
gf_status gf_cl_buffer_trespass(gf_buffer *buffer, gf_trespasses *found, gf_error *error);
gf_status gf_cl_buffer_claim(gf_buffer *buffer, gf_error *error);
gf_status gf_cl_buffer_write(gf_buffer *buffer, const void *source, gf_error *error);
gf_status gf_cl_buffer_read(gf_buffer *buffer, void *target, gf_error *error);

/* Enqueues the mapping of a buffer in place that is not mapped, which is the host's once the
 * command, whose event is put at *event, has ended. */
gf_status gf_cl_buffer_map_after(gf_buffer *buffer, cl_event *event, gf_error *error);
/* Gives the buffer to the device if the host has it mapped, and returns its memory object. */
gf_status gf_cl_buffer_for_kernel(gf_buffer *buffer, cl_mem *memory, gf_error *error);
