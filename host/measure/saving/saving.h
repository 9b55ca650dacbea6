/* The states of a run between its steps: saved in epochs (checkpoint/epoch_folder.h), and gone on
 * from. */
#pragma once

#include "checkpoint/epoch.h"
#include "checkpoint/saved_epoch.h"
#include "measure/round_trip.h"

/* Zeroed, with `folder` and `source` none: not begun. */
typedef struct gf_saving {
    const gf_checkpoint_options *options; /* NULL: not begun */
    gf_epoch_folder folder;               /* where states are saved; none if they are not */
    gf_epoch_folder source; /* where a state comes from; none if it comes from `folder` */
    gf_checkpoint_identity identity;
    gf_saved_epoch *from; /* the state that the run goes on from; NULL: its first content */
    bool used;            /* by a run */
    gf_checkpoint_state state;
    uint64_t tried_ns; /* when the run began, or a state was saved last, or could not be */
    gf_error failure;  /* of the latest state, if it could not be saved */
} gf_saving;

/* Opens the folders and finds the state to go on from. The truth's inputs must be made. On failure
 * nothing is open. */
gf_status gf_saving_begin(gf_saving *saving, gf_truth *truth, gf_error *error);
/* Closes everything. */
void gf_saving_end(gf_saving *saving);

/* Puts the state that the run goes on from in the place of its first content. After gf_run_reset.
 */
gf_status gf_saving_restore(gf_saving *saving, gf_run *run, gf_error *error);
/* Saves the state after `step` steps: that of `swapped` in the buffers of the run. `downloaded`:
 * what comes down at a stop is in the host's arrays already. GF_OK also where it could not be
 * written, which is told of and noted; else the device has failed. */
gf_status gf_saving_save(gf_saving *saving, gf_run *run, uint64_t step, bool swapped,
                         bool downloaded, gf_error *error);
