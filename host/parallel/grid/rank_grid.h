/* Ranks in a grid, row after row: each computes a rectangle of the problem's cells, and exchanges
 * halos with up to eight neighbours. */
#pragma once

#include "backends/device_set/row_split.h"
#include "problem/rectangle.h"

typedef struct gf_rank_grid {
    uint32_t across,
        down; /* ranks in a row of the grid, and in a column; across 1: parts are rows */
} gf_rank_grid;

/* The columns of a rank: as many as those of any other, but for one. */
gf_part gf_grid_columns(gf_rank_grid grid, uint64_t columns, uint32_t rank);

/* The rows of all ranks from those of each row of the grid; `strips` may be the first of `parts`.
 */
void gf_grid_spread(gf_rank_grid grid, const gf_part *strips, gf_part *parts);

/* Where a neighbour is: -1, 0 or 1 ranks further down and across. */
typedef struct gf_direction {
    int down, across;
} gf_direction;

#define GF_DIRECTIONS 8

/* The i-th; the one opposite to it is the (GF_DIRECTIONS - 1 - i)-th. */
gf_direction gf_direction_at(uint32_t i);

/* The neighbour in a direction, in a grid whose ends meet: where they do not, callers know that
 * there is none. */
uint32_t gf_grid_neighbour(gf_rank_grid grid, uint32_t rank, gf_direction direction);

/* The cells of a rank with its halos, whose first cell is (0, 0): `top` are those before its own
 * rows or columns. */
typedef struct gf_local_cells {
    gf_local_rows rows, columns;
} gf_local_cells;

static inline uint64_t gf_local_count(gf_local_rows local) {
    return local.top + local.own + local.bottom;
}

/* Whether there is a neighbour in this direction. */
bool gf_has_neighbour(const gf_local_cells *local, gf_direction direction);
/* The rank's own cells that the neighbour needs, and those that it has from there. */
gf_rectangle gf_sent_cells(const gf_local_cells *local, gf_direction direction, uint64_t halo);
gf_rectangle gf_received_cells(const gf_local_cells *local, gf_direction direction);
