#include "parallel/grid/rank_grid.h"

gf_part gf_grid_columns(gf_rank_grid grid, uint64_t columns, uint32_t rank) {
    const uint64_t place = rank % grid.across;
    const uint64_t each = columns / grid.across, more = columns % grid.across;
    return (gf_part){place * each + (place < more ? place : more), each + (place < more ? 1 : 0)};
}

/* From the last one on, so that no strip is overwritten before it was read. */
void gf_grid_spread(gf_rank_grid grid, const gf_part *strips, gf_part *parts) {
    for (uint32_t i = grid.down * grid.across; i > 0; i--)
        parts[i - 1] = strips[(i - 1) / grid.across];
}

gf_direction gf_direction_at(uint32_t i) {
    const int place = (int)(i < GF_DIRECTIONS / 2 ? i : i + 1); /* of 3 x 3, without the middle */
    return (gf_direction){place / 3 - 1, place % 3 - 1};
}

static uint32_t step(uint32_t place, int way, uint32_t count) {
    return way < 0 ? (place + count - 1) % count : (place + (uint32_t)way) % count;
}

uint32_t gf_grid_neighbour(gf_rank_grid grid, uint32_t rank, gf_direction direction) {
    return step(rank / grid.across, direction.down, grid.down) * grid.across +
           step(rank % grid.across, direction.across, grid.across);
}

static bool has_side(gf_local_rows local, int way) {
    return way == 0 || (way < 0 ? local.top : local.bottom) > 0;
}

bool gf_has_neighbour(const gf_local_cells *local, gf_direction direction) {
    return has_side(local->rows, direction.down) && has_side(local->columns, direction.across);
}

static gf_part sent(gf_local_rows local, int way, uint64_t halo) {
    if (way == 0)
        return (gf_part){local.top, local.own};
    return (gf_part){way < 0 ? local.top : local.top + local.own - halo, halo};
}

static gf_part received(gf_local_rows local, int way) {
    if (way == 0)
        return (gf_part){local.top, local.own};
    return way < 0 ? (gf_part){0, local.top} : (gf_part){local.top + local.own, local.bottom};
}

static gf_rectangle rectangle_of(gf_part rows, gf_part columns) {
    return (gf_rectangle){rows.first, rows.count, columns.first, columns.count};
}

gf_rectangle gf_sent_cells(const gf_local_cells *local, gf_direction direction, uint64_t halo) {
    return rectangle_of(sent(local->rows, direction.down, halo),
                        sent(local->columns, direction.across, halo));
}

gf_rectangle gf_received_cells(const gf_local_cells *local, gf_direction direction) {
    return rectangle_of(received(local->rows, direction.down),
                        received(local->columns, direction.across));
}
