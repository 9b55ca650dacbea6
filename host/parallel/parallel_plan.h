/* In what grid ranks share a problem whose units read others, and how often they exchange halos: by
 * a rehearsal of the parts as they are. */
#pragma once

#include "parallel/parallel_state.h"
#include "parallel/part/grid_choice.h"

/* What takes least, and the same of rows, with what a step is expected to take. Plain bytes, which
 * ranks send one another. */
typedef struct gf_decision {
    gf_halo_plan plan, rows;
    double step_ns, rows_ns;
} gf_decision;

/* Ranks that take part call it. `now`: how the parts are made; `most_steps`: that they allow
 * between two exchanges; `any_grid`: whether it may become another one. The costs become the
 * result's; the decision stays as it is for one rank. */
gf_status gf_plan_decide(gf_parallel *parallel, const gf_halo_plan *now, bool any_grid,
                         uint64_t most_steps, gf_parallel_result *result, gf_decision *made,
                         gf_error *error);

/* GF_USAGE when something was asked for that the ranks or the problem do not fit. */
gf_status gf_plan_check_options(const gf_parallel *parallel, gf_error *error);

/* Of a problem on so many ranks, without what a rehearsal shows. */
gf_grid_facts gf_plan_facts(const gf_parallel *parallel);

/* Steps between two stops. */
static inline uint64_t gf_steps_at_once(const gf_problem *problem) {
    return problem->steps_per_transfer < problem->steps ? problem->steps_per_transfer
                                                        : problem->steps;
}
