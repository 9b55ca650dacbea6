/* The proof of a round trip's results. */
#pragma once

#include "measure/round_trip.h"

/* Compares the output of the run's latest round trip, and what else came down, with the reference:
 * of its present turn (gf_run_turn). Adds to *verification; *holds: all are right. */
gf_status gf_run_verify_output(const gf_run *run, gf_verification *verification, bool *holds,
                               gf_error *error);
