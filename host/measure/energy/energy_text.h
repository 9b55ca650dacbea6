/* Sensors in words. */
#pragma once

#include "gpufare.h"

#define GF_SENSORS_TEXT 1024

/* What tells the energy of a device of this machine, or why nothing does. Looks now. */
void gf_energy_format_sensors(const gf_device_info *info, char text[GF_SENSORS_TEXT]);
