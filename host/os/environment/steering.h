/* Environment variables that steer loaders, drivers and this program. */
#pragma once

#include <stdbool.h>

#include "gpufare.h"

typedef struct gf_variable {
    char name[64];
    char value[256];
} gf_variable;

/* `entry` begins with the variable's name, as an entry of `environ` does. */
bool gf_steers_drivers(const char *entry);

/* Those of this process that steer drivers, the native path's threads or gpufare itself, by their
 * names; the caller frees *variables, which stays NULL without any. Variables without a value count
 * as unset. */
gf_status gf_steering_variables(gf_variable **variables, size_t *count, gf_error *error);

/* Whether the value of RUSTICL_ENABLE, a list of drivers, is a switch instead: "1", "off". */
bool gf_is_switch(const char *value);
