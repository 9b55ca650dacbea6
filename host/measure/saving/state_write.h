/* Writing a whole state from one process. */
#pragma once

#include "checkpoint/epoch.h"

/* Writes an epoch. `fields`: the whole arrays, in the order of the identity. On failure nothing is
 * left of it. */
gf_status gf_state_write(const gf_epoch_folder *folder, const gf_checkpoint_identity *identity,
                         uint64_t step, const void *const *fields, gf_error *error);
