/* The states of a reference that takes long, in a folder beside those of the run. */
#pragma once

#include "checkpoint/epoch_folder.h"
#include "measure/saving/saving.h"

#define GF_REFERENCE_FOLDER "reference"

/* Zeroed: not begun. */
typedef struct gf_reference_saving {
    gf_saving *saving; /* NULL: not begun */
    gf_context context;
    gf_reference_states states;
    gf_epoch_folder folder; /* none: nothing is saved and there is nothing to go on from */
    gf_checkpoint_identity identity;
    uint64_t tried_ns; /* when the reference began, or a state was saved or could not be */
} gf_reference_saving;

/* Gives truth->states, which end with the saving. A folder that can't be had is told of; then
 * nothing is saved. `saving`: begun. */
void gf_reference_saving_begin(gf_reference_saving *made, gf_saving *saving, gf_truth *truth);
void gf_reference_saving_end(gf_reference_saving *made);
