/* What of the environment decides how a driver behaves, as a number. */
#pragma once

#include <stdint.h>

/* Of all variables that steer drivers (os/environment/steering.h), in any order, but for
 * OCL_ICD_VENDORS, which is a worker's own. */
uint64_t gf_hash_steering(void);
