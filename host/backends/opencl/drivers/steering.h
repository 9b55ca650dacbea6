/* Environment variables that steer loaders and drivers. */
#pragma once

#include <stdbool.h>

/* `entry` begins with the variable's name, as an entry of `environ` does. */
bool gf_steers_drivers(const char *entry);

/* Whether the value of RUSTICL_ENABLE, a list of drivers, is a switch instead: "1", "off". */
bool gf_is_switch(const char *value);
