/* In what grid ranks share the cells of a problem: what takes least by what cells and messages
 * take.
 */
#pragma once

#include "parallel/grid/rank_grid.h"
#include "parallel/part/halo_choice.h"

/* What is known before the parts are made. */
typedef struct gf_grid_facts {
    const gf_division *division;
    gf_halo_costs costs;
    uint64_t columns; /* of the result */
    uint64_t steps;   /* between two stops */
    uint64_t all_steps;
    /* Of the largest and of the smallest part where rows are made already; 0: parts are equal. */
    uint64_t largest_rows, most_steps;
    double cell_bytes;
    gf_line line;
    uint64_t least; /* cells that a part has at least in each direction; 0: the reach of a step */
    bool may_overlap, must_overlap;
} gf_grid_facts;

/* A grid, with the best exchanges in it. */
typedef struct gf_grid_choice {
    gf_rank_grid grid;
    uint64_t steps; /* between two exchanges */
    bool overlaps;
    double step_ns; /* INFINITY: it is not possible */
    double share;   /* of the cells, that the largest part has */
} gf_grid_choice;

/* Whether this grid leaves parts that are large enough; rows always do, since some ranks may have
 * none. */
bool gf_grid_fits(const gf_grid_facts *facts, gf_rank_grid grid);

/* Of this grid, and of the one of so many ranks that takes least: rows, unless another one promises
 * to take two in a hundred less. */
gf_grid_choice gf_grid_choice_of(const gf_grid_facts *facts, gf_rank_grid grid);
gf_grid_choice gf_grid_choose(const gf_grid_facts *facts, uint32_t ranks);

/* The most steps between two exchanges in any of these grids. */
uint64_t gf_grid_most_steps(const gf_grid_facts *facts, uint32_t ranks);
