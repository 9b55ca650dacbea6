/* Environment variables that steer loaders and drivers. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* `entry` begins with the variable's name, as an entry of `environ` does. */
bool gf_steers_drivers(const char *entry);

/* Of all of these in the environment, in any order, but for OCL_ICD_VENDORS, which is a worker's
 * own.
 */
uint64_t gf_hash_steering(void);

/* Whether the value of RUSTICL_ENABLE, a list of drivers, is a switch instead: "1", "off". */
bool gf_is_switch(const char *value);
