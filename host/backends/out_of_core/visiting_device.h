/* A device with a problem that is larger than its memory: what gf_backend.extend makes. It is the
 * device itself, but for buffers and programs: the buffers are arrays of the host, from which the
 * programs take one band after the other through the device. */
#pragma once

#include "device/backend.h"

/* Slots of the backend. */
gf_status gf_visiting_extend(void *state, gf_device *device, const gf_memory_limits *limits,
                             gf_device *made, gf_error *error);
