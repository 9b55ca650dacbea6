/* Measuring the energy of a run's round trips. */
#pragma once

#include "measure/round_trip.h"

/* Repeats the round trip, and each of its parts, for as long as the sensors need to tell their
 * energy. The content of the buffers is not to be used afterwards. Where nothing is readable it
 * measures nothing, and `energy` says why. */
gf_status gf_run_measure_energy(gf_run *run, gf_energy *energy, gf_error *error);
