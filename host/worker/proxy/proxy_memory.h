/* The proxy's slots for host arrays and buffers. */
#pragma once

#include "device/backend.h"

void gf_proxy_memory_slots(const gf_backend *inner, gf_backend *table);
/* The number of a buffer in its worker; false: its worker is gone. */
bool gf_proxy_buffer_number(const gf_buffer *buffer, uint32_t *number);
/* The number of the shared array at this place; GF_WORKER_OBJECTS: there is none. */
uint32_t gf_proxy_array_number(const gf_device *device, const void *memory);
