/* The energy of NVIDIA's GPUs, as their driver's library tells it. */
#pragma once

#include "os/power/source.h"

void *gf_nvml_open(const gf_power_place *place, char name[GF_POWER_NAME], char why[GF_POWER_WHY]);
bool gf_nvml_read(void *state, uint64_t now_ns, gf_power_reading *reading);
