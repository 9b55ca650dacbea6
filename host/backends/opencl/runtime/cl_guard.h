/* Guards round a buffer in memory of a device's own: bytes of a pattern before it and behind it. */
#pragma once

#include "backends/opencl/cl/cl_floor.h"
#include "device/backend.h"

/* Makes `*whole`, and in the middle of it `*memory` of the buffer's bytes. Both stay NULL, with
 * GF_OK, where the device has no room for guards, or can't begin a buffer behind them. */
gf_status gf_cl_guard_create(const gf_buffer *buffer, cl_mem_flags flags, cl_mem *whole,
                             cl_mem *memory, gf_error *error);
/* What has changed in the guards of a buffer. */
gf_status gf_cl_guard_read(const gf_buffer *buffer, cl_mem whole, gf_trespasses *found,
                           gf_error *error);
