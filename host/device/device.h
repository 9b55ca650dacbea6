/* Opening and closing devices. */
#pragma once

#include "device/backend.h"

/* Opens the device if it is not open yet. */
gf_status gf_device_open(gf_device *device, gf_error *error);

/* Accepts a closed device. */
void gf_device_close(gf_device *device);
