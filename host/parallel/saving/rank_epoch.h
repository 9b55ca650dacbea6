/* One epoch, written by all ranks together: each its own part, which the first one completes. */
#pragma once

#include "checkpoint/epoch.h"
#include "parallel/part/rank_part.h"

/* Borrowed. */
typedef struct gf_rank_epoch {
    gf_ranks *ranks;
    gf_rank_part *part;
    const gf_epoch_folder *folder;
    const gf_checkpoint_identity *identity;
    uint64_t step; /* that the part's device has made */
} gf_rank_epoch;

/* All ranks call it. What all agree on then (gf_ranks_have_agreed) is why it could not be written,
 * and nothing of it is left; any other failure can only end the job. */
gf_status gf_rank_epoch_write(const gf_rank_epoch *epoch, gf_error *error);
