/* The states that the ranks of a job save together, and go on from: each writes its own part of an
 * epoch, the first one makes the epoch and completes it. */
#pragma once

#include "measure/saving/saving_folders.h"
#include "parallel/part/rank_part.h"

/* Zeroed: not begun. */
typedef struct gf_rank_saving {
    gf_saving states; /* the folder is locked by the first rank, which alone tells what happens */
    gf_checkpoint_options options;
    gf_ranks *ranks;
    gf_rank_part *part;
    uint64_t resumed_ns; /* when the steps since the latest pause began */
    uint64_t resumed_step;
} gf_rank_saving;

/* All ranks call these functions. */

/* Opens the folders, finds the state that the job goes on from, puts it in the place of the part's
 * inputs, and gives the part its pauses. The part must be ready for its trip, and what is noted of
 * its first contents be noted. Failures are those of gf_ranks_agree, or of messages. */
gf_status gf_rank_saving_begin(gf_rank_saving *saving, gf_ranks *ranks, gf_rank_part *part,
                               gf_error *error);
/* Accepts one that has not begun. */
void gf_rank_saving_end(gf_rank_saving *saving);

/* Meanwhile whoever wants the job to end asks for it by `stop` of the options. */
void gf_rank_saving_listen(const gf_rank_saving *saving, bool listens);
