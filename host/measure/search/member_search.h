/* The tunables of the devices of a set. */
#pragma once

#include "measure/round_trip.h"

/* Gives each member of the run's device the values that an earlier search found for it alone, or
 * that the caller asks for, else its defaults. Does nothing for a device that is no set. */
gf_status gf_tune_members(gf_run *run, gf_error *error);
