/* The exchange of halos between neighbouring ranks. */
#pragma once

#include "parallel/part/rank_part.h"

/* One exchange under way: messages from the neighbours, then those to them. */
typedef struct gf_exchange {
    gf_message messages[2 * GF_DIRECTIONS];
} gf_exchange;

/* Begins to receive the neighbours' cells. */
gf_status gf_exchange_begin(gf_rank_part *part, gf_exchange *exchange, gf_error *error);
/* Takes this rank's edges from the device and sends them. */
gf_status gf_exchange_send(gf_rank_part *part, gf_exchange *exchange, gf_rank_times *times,
                           gf_error *error);
/* Computes the edges of the next visit by themselves, from the cells as they are now, and sends
 * them. */
gf_status gf_exchange_send_ahead(gf_rank_part *part, gf_exchange *exchange, uint64_t first_step,
                                 uint64_t steps, gf_rank_times *times, gf_error *error);
/* Waits for the cells and puts them around this rank's own. */
gf_status gf_exchange_end(gf_rank_part *part, gf_exchange *exchange, gf_rank_times *times,
                          gf_error *error);

/* The buffer of a member that has the content of its pair. */
static inline uint32_t gf_content_of(const gf_rank_part *part, const gf_set_member *member) {
    return member->swapped ? part->whole->partner : part->whole->result;
}
