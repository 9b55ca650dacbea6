/* The exchange of halo rows between neighbouring ranks. */
#pragma once

#include "parallel/part/rank_part.h"

/* One exchange under way. */
typedef struct gf_exchange {
    gf_message messages[4];
    uint64_t bytes; /* of the largest message */
} gf_exchange;

/* Begins to receive the neighbours' rows. */
gf_status gf_exchange_begin(gf_rank_part *part, gf_exchange *exchange, gf_error *error);
/* Takes this rank's edges from the device and sends them. */
gf_status gf_exchange_send(gf_rank_part *part, gf_exchange *exchange, gf_rank_times *times,
                           gf_error *error);
/* Computes the edges of the next visit by themselves, from the rows as they are now, and sends
 * them. */
gf_status gf_exchange_send_ahead(gf_rank_part *part, gf_exchange *exchange, uint64_t first_step,
                                 uint64_t steps, gf_rank_times *times, gf_error *error);
/* Waits for the rows and puts them around this rank's own. */
gf_status gf_exchange_end(gf_rank_part *part, gf_exchange *exchange, gf_rank_times *times,
                          gf_error *error);

/* The buffer of a member that has the content of its pair. */
static inline uint32_t gf_content_of(const gf_rank_part *part, const gf_set_member *member) {
    return member->swapped ? part->whole->partner : part->whole->result;
}

/* Adds a wait: as long as a message of these bytes takes it is of the exchange, beyond that it is
 * for another rank. */
void gf_add_wait(const gf_rank_part *part, uint64_t wait_ns, uint64_t bytes, gf_rank_times *times);
