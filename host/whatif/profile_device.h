/* A device that was calibrated, to be put under a trace. */
#pragma once

#include "calibrate/profile.h"
#include "trace/other_device.h"

/* What the profile lacks stays unknown. */
void gf_other_device_of_profile(const gf_profile *profile, gf_other_device *device);
