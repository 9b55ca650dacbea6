/* How members of a set share the rows of a grid whose steps read neighbouring rows. */
#pragma once

#include "device/shares.h"
#include "problem/workload.h"

/* Most steps between two exchanges, and so the most rows of a halo on each side. */
#define GF_MOST_VISIT_STEPS 64

typedef struct gf_row_split {
    gf_part parts[GF_MOST_MEMBERS]; /* the rows of each member, in its order; count 0: none */
    uint32_t count;
} gf_row_split;

/* Splits the rows so that all members take equally long for a step of their rows and of the halos,
 * of so many rows at each border to another member. A member that would be busy with its halo alone
 * gets no rows; all rows are given. At least one rate is above 0. */
gf_row_split gf_split_rows(const gf_division *division, const double *rates, uint32_t count,
                           uint64_t halo);

/* The part of a member with its halo: as many rows on each side as there are, up to `halo`; with
 * `wraps` all of them. */
typedef struct gf_local_rows {
    uint64_t top, own, bottom;
} gf_local_rows;

gf_local_rows gf_local_rows_of(const gf_division *division, gf_part part, uint64_t halo);

/* The steps between two exchanges, up to `most`, for which a step takes the least: each computes
 * the halos as well, and each exchange takes `exchange_ns`. Rates are rows of a step in a ns. */
uint64_t gf_choose_visit_steps(const gf_division *division, const double *rates, uint32_t count,
                               uint64_t most, double exchange_ns);

/* Whether members whose steps took these times should share the rows anew: they wait for one
 * another for more than a tenth of the time. */
bool gf_is_unbalanced(const uint64_t *ns, uint32_t count);
