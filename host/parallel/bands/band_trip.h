/* One round trip of all ranks on bands: each computes its own units, and then what it gets from the
 * queue. */
#pragma once

#include "parallel/bands/band_server.h"
#include "parallel/bands/rank_bands.h"
#include "parallel/part/rank_part.h"

/* What rank 0 knows of the ranks, for the queue. Elsewhere it has no arrays. */
typedef struct gf_band_rates {
    double *rates;    /* chunks in a ns; owned */
    double *fixed_ns; /* what a band takes besides; owned */
    uint64_t *most;   /* chunks that a device has room for; owned */
    uint32_t count;
} gf_band_rates;

/* Nothing is known yet but how the rates compare: NULL: they are equal. `own`: of all ranks. */
gf_status gf_band_rates_create(gf_band_rates *rates, const gf_rank_bands *bands,
                               const double *relative, const gf_part *own, gf_error *error);
/* Takes on what a rank's round trip has shown. */
void gf_band_rates_learn(gf_band_rates *rates, uint32_t rank, const gf_rank_times *times);
void gf_band_rates_clear(gf_band_rates *rates);

/* All ranks of the group begin together. Afterwards bands->bands are this rank's. A failure may
 * leave messages under way: the process can only end (gf_ranks_abort). */
gf_status gf_band_trip(gf_rank_bands *bands, const gf_band_rates *rates, gf_rank_times *times,
                       gf_error *error);
/* The same of this rank's own units alone; the queue stays as it is. */
gf_status gf_band_trip_own(gf_rank_bands *bands, gf_rank_times *times, gf_error *error);
