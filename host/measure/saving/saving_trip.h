/* The one round trip of a run that saves states or goes on from one. */
#pragma once

#include "measure/round_trip.h"

/* As gf_run_round_trip, from the state that run->saving goes on from, in segments of a few seconds
 * at most, with saved states between them. What saving takes is in none of *times. GF_INTERRUPTED
 * when it was asked to end, with a last state saved if there is a directory for it. */
gf_status gf_saving_trip(gf_run *run, gf_round_trip *times, gf_error *error);
