/* Which rank has computed which bands, as rank 0 learns it after a round trip. */
#pragma once

#include "parallel/bands/rank_bands.h"

typedef struct gf_band_row {
    gf_band band;
    uint32_t rank;
} gf_band_row;

typedef struct gf_band_table {
    gf_band_row *rows; /* in the order of their units; owned */
    size_t count;
} gf_band_table;

/* The ranks of the bands' group call it. Elsewhere than on rank 0 the table is empty. GF_FAILED on
 * rank 0 when the bands, with what was left out, are not each unit once. */
gf_status gf_band_table_gather(const gf_rank_bands *bands, gf_band_table *table, gf_error *error);
void gf_band_table_clear(gf_band_table *table);
