/* The states of a run between its steps: saved in epochs (checkpoint/epoch_folder.h), and gone on
 * from. */
#pragma once

#include "measure/round_trip.h"
#include "measure/saving/saving_folders.h"

/* Opens the folders and finds the state to go on from. The truth's inputs must be made. On failure
 * nothing is open. */
gf_status gf_saving_begin(gf_saving *saving, gf_truth *truth, gf_error *error);

/* Puts the state that the run goes on from in the place of its first content. After gf_run_reset.
 */
gf_status gf_saving_restore(gf_saving *saving, gf_run *run, gf_error *error);
/* Saves the state after `step` steps: that of `swapped` in the buffers of the run. `downloaded`:
 * what comes down at a stop is in the host's arrays already. GF_OK also where it could not be
 * written, which is told of and noted; else the device has failed. */
gf_status gf_saving_save(gf_saving *saving, gf_run *run, uint64_t step, bool swapped,
                         bool downloaded, gf_error *error);
