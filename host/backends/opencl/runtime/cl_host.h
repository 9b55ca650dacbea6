/* Pinned host memory, for devices with memory of their own: slots of the backend. */
#pragma once

#include "device/backend.h"

gf_status gf_cl_host_array_create(gf_host_array *array, size_t bytes, gf_error *error);
void gf_cl_host_array_release(gf_host_array *array);
