/* One round trip of all ranks: inputs up, steps with exchanges, own rows down. */
#pragma once

#include "parallel/part/rank_part.h"

/* All ranks of the part's group begin together. Afterwards part->result has this rank's rows. A
 * failure may leave messages under way: the process can only end (gf_ranks_abort). */
gf_status gf_rank_trip(gf_rank_part *part, gf_rank_times *times, gf_error *error);

/* What a step of the part takes, in ns, by a visit of so many steps without an exchange; 0: there
 * is no part, or it has no steps. For this rank alone. */
gf_status gf_rank_rehearse(gf_rank_part *part, uint64_t steps, double *step_ns, gf_error *error);
