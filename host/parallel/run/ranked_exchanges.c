#include "parallel/run/ranked_exchanges.h"

#include "parallel/parallel_plan.h"
#include "parallel/run/ranked_parts.h"

/* By a rehearsal of the parts as they are. Ranks that take no part hear of it. */
static gf_status decide(gf_ranked_run *run, gf_decision *made, gf_error *error) {
    gf_status status = GF_OK;
    *made = (gf_decision){.plan = run->plan};
    if (gf_parallel_takes_part(run->parallel))
        status = gf_plan_decide(run->parallel, &run->plan, run->any_grid, run->most_steps,
                                run->result, made, error);
    return status == GF_OK ? gf_ranks_broadcast(run->parallel->ranks, made, sizeof *made, error)
                           : status;
}

static bool is_same_plan(const gf_halo_plan *a, const gf_halo_plan *b) {
    return a->grid.across == b->grid.across && a->steps == b->steps && a->overlaps == b->overlaps;
}

/* Makes the parts anew, if they are to be other ones. */
static gf_status adopt(gf_ranked_run *run, const gf_halo_plan *plan, gf_error *error) {
    if (is_same_plan(plan, &run->plan))
        return GF_OK;
    run->plan = *plan;
    return gf_ranked_make_anew(run, error);
}

/* A grid that promises to take less than rows is rehearsed as well, since its parts have another
 * shape: rows it is if they then promise more. */
static gf_status confirm_grid(gf_ranked_run *run, const gf_decision *first, gf_error *error) {
    gf_decision second;
    run->any_grid = false;
    const gf_status status = decide(run, &second, error);
    if (status != GF_OK)
        return status;
    return adopt(run, second.step_ns < first->rows_ns ? &second.plan : &first->rows, error);
}

gf_status gf_ranked_plan_exchanges(gf_ranked_run *run, gf_error *error) {
    gf_decision first;
    if (run->parallel->division.reach == 0)
        return GF_OK;
    gf_status status = decide(run, &first, error);
    if (status == GF_OK)
        status = adopt(run, &first.plan, error);
    return status == GF_OK && run->any_grid && run->plan.grid.across > 1
               ? confirm_grid(run, &first, error)
               : status;
}
