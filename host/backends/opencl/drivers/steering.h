/* Environment variables that steer loaders and drivers. */
#pragma once

#include <stdbool.h>

/* `entry` begins with the variable's name, as an entry of `environ` does. */
bool gf_steers_drivers(const char *entry);
