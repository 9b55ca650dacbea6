/* The proxy's slots for programs, launches and pipelines. */
#pragma once

#include "device/backend.h"

void gf_proxy_program_slots(const gf_backend *inner, gf_backend *table);
