#include "parallel/part/grid_choice.h"

#include <math.h>

static uint64_t least_of(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static uint64_t least_cells(const gf_grid_facts *facts) {
    return facts->least > 0 ? facts->least : facts->division->reach;
}

bool gf_grid_fits(const gf_grid_facts *facts, gf_rank_grid grid) {
    const gf_division *division = facts->division;
    const uint64_t least = least_cells(facts);
    return grid.across == 1 || (division->columns / grid.across >= least &&
                                (grid.down == 1 || division->units / grid.down >= least));
}

/* Rows are for as many ranks as have enough of them. */
static uint64_t active_down(const gf_grid_facts *facts, gf_rank_grid grid) {
    const uint64_t most = facts->division->units / least_cells(facts);
    return most < 1 ? 1 : least_of(most, grid.down);
}

/* Borders of the part that has most of them. */
static uint32_t borders(uint64_t parts, bool wraps) {
    if (parts < 2)
        return 0;
    return parts > 2 || wraps ? 2 : 1;
}

static gf_halo_facts facts_of(const gf_grid_facts *facts, gf_rank_grid grid) {
    const gf_division *division = facts->division;
    const uint64_t down = active_down(facts, grid), reach = division->reach;
    uint64_t most = least_of(facts->steps, GF_MOST_VISIT_STEPS);
    if (down > 1)
        most = least_of(most, division->units / down / reach);
    if (grid.across > 1)
        most = least_of(most, division->columns / grid.across / reach);
    uint64_t own_rows = (division->units + down - 1) / down;
    if (grid.across == 1 && facts->largest_rows > 0) {
        own_rows = facts->largest_rows;
        most = facts->most_steps;
    }
    return (gf_halo_facts){.costs = facts->costs,
                           .own_rows = own_rows,
                           .own_columns = (facts->columns + grid.across - 1) / grid.across,
                           .row_borders = borders(down, division->wraps),
                           .column_borders = borders(grid.across, division->columns_wrap),
                           .reach = reach,
                           .most_steps = most,
                           .all_steps = facts->all_steps,
                           .cell_bytes = facts->cell_bytes,
                           .line = facts->line};
}

gf_grid_choice gf_grid_choice_of(const gf_grid_facts *facts, gf_rank_grid grid) {
    const gf_halo_facts of_part = facts_of(facts, grid);
    const double cells = (double)facts->division->units * (double)facts->columns;
    gf_grid_choice choice = {.grid = grid, .step_ns = INFINITY};
    bool overlaps = false;
    uint32_t index = gf_halo_choose(&of_part, facts->may_overlap, facts->must_overlap, &overlaps);
    if (!gf_halo_is_possible(&of_part, index, overlaps)) /* not with exchanges beside the steps */
        index = gf_halo_choose(&of_part, false, false, &overlaps);
    choice.steps = facts->costs.steps[index];
    choice.overlaps = overlaps || facts->must_overlap;
    choice.share = (double)of_part.own_rows * (double)of_part.own_columns / cells;
    if (gf_grid_fits(facts, grid) && gf_halo_is_possible(&of_part, index, overlaps))
        choice.step_ns = gf_halo_step_ns(&of_part, index, overlaps);
    return choice;
}

#define WORTH_A_GRID 0.98

gf_grid_choice gf_grid_choose(const gf_grid_facts *facts, uint32_t ranks) {
    gf_grid_choice best = gf_grid_choice_of(facts, (gf_rank_grid){1, ranks});
    double least_ns = best.step_ns * WORTH_A_GRID;
    for (uint32_t across = 2; facts->division->columns > 0 && across <= ranks; across++) {
        if (ranks % across != 0)
            continue;
        const gf_grid_choice choice =
            gf_grid_choice_of(facts, (gf_rank_grid){across, ranks / across});
        if (choice.step_ns >= least_ns)
            continue;
        best = choice;
        least_ns = choice.step_ns;
    }
    return best;
}

uint64_t gf_grid_most_steps(const gf_grid_facts *facts, uint32_t ranks) {
    uint64_t most = facts_of(facts, (gf_rank_grid){1, ranks}).most_steps;
    for (uint32_t across = 2; facts->division->columns > 0 && across <= ranks; across++) {
        const gf_rank_grid grid = {across, ranks / across};
        if (ranks % across == 0 && gf_grid_fits(facts, grid)) {
            const uint64_t steps = facts_of(facts, grid).most_steps;
            most = steps > most ? steps : most;
        }
    }
    return most > 0 ? most : 1;
}
