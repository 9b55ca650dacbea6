#include "parallel/parallel_plan.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "parallel/part/rank_trip.h"

gf_grid_facts gf_plan_facts(const gf_parallel *parallel) {
    const gf_problem *problem = parallel->problem;
    const gf_buffer_spec *spec = &problem->buffers[problem->result];
    const gf_overlap_mode mode = parallel->how.overlap;
    return (gf_grid_facts){.division = &parallel->division,
                           .columns = spec->cols,
                           .steps = gf_steps_at_once(problem),
                           .all_steps = problem->steps,
                           .cell_bytes = (double)(gf_row_bytes(spec) / spec->cols),
                           .line = parallel->line,
                           .least = parallel->how.halo_steps * parallel->division.reach,
                           .may_overlap = mode != GF_OVERLAP_NEVER,
                           .must_overlap = mode == GF_OVERLAP_ALWAYS};
}

/* ---- Rehearsal ------------------------------------------------------------- */

/* What a cell of this rank takes with each choice. */
static gf_status rehearse_choices(gf_rank_part *part, gf_halo_costs *costs, gf_error *error) {
    const gf_rectangle cells = gf_rank_local_cells(part);
    const double count = (double)cells.rows * (double)cells.columns;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < costs->count; i++) {
        double step_ns = 0;
        status = gf_rank_rehearse(part, costs->steps[i], &step_ns, error);
        costs->cell_ns[i] = count > 0 ? step_ns / count : 0;
    }
    return status;
}

/* The slowest rank's times, on every rank of the group. */
static gf_status rehearse(gf_rank_part *part, gf_halo_costs *costs, gf_error *error) {
    const uint32_t ranks = part->ranks.size;
    gf_status status = rehearse_choices(part, costs, error);
    gf_halo_costs *all = calloc(ranks, sizeof *all);
    if (status == GF_OK && all == NULL)
        status = gf_error_no_memory(error, "times", ranks * sizeof *all);
    if (status == GF_OK)
        status = gf_ranks_gather_everywhere(&part->ranks, costs, sizeof *costs, all, error);
    for (uint32_t i = 0; status == GF_OK && i < ranks * costs->count; i++) {
        double *longest = &costs->cell_ns[i % costs->count];
        *longest = fmax(*longest, all[i / costs->count].cell_ns[i % costs->count]);
    }
    free(all);
    return status;
}

/* ---- Decision --------------------------------------------------------------- */

static uint64_t largest_part(const gf_parallel *parallel, uint32_t ranks) {
    uint64_t largest = 0;
    for (uint32_t i = 0; i < ranks; i++)
        largest = parallel->parts[i].count > largest ? parallel->parts[i].count : largest;
    return largest;
}

static gf_halo_plan plan_of(const gf_parallel *parallel, const gf_grid_choice *choice) {
    return (gf_halo_plan){.grid = choice->grid,
                          .steps = choice->steps,
                          .overlaps = choice->overlaps,
                          .line = parallel->line};
}

static gf_decision decide(const gf_parallel *parallel, const gf_grid_facts *facts, gf_rank_grid now,
                          bool any_grid, uint32_t ranks) {
    const gf_grid_choice rows = gf_grid_choice_of(facts, (gf_rank_grid){1, ranks});
    const gf_grid_choice best =
        any_grid ? gf_grid_choose(facts, ranks) : gf_grid_choice_of(facts, now);
    return (gf_decision){plan_of(parallel, &best), plan_of(parallel, &rows), best.step_ns,
                         rows.step_ns};
}

gf_status gf_plan_decide(gf_parallel *parallel, const gf_halo_plan *now, bool any_grid,
                         uint64_t most_steps, gf_parallel_result *result, gf_decision *made,
                         gf_error *error) {
    const uint32_t ranks = result->ranks;
    gf_grid_facts facts = gf_plan_facts(parallel);
    uint64_t most = any_grid ? gf_grid_most_steps(&facts, ranks) : most_steps;
    if (ranks == 1) /* for predictions */
        most = facts.steps < GF_MOST_VISIT_STEPS ? facts.steps : GF_MOST_VISIT_STEPS;
    if (now->grid.across == 1) {
        facts.largest_rows = largest_part(parallel, ranks);
        facts.most_steps = most_steps;
    }
    facts.costs = gf_halo_choices(facts.steps, most, parallel->how.halo_steps);
    const gf_status status = rehearse(&parallel->part, &facts.costs, error);
    result->costs = facts.costs;
    if (status == GF_OK && ranks > 1)
        *made = decide(parallel, &facts, now->grid, any_grid, ranks);
    return status;
}

/* ---- A grid that is asked for ------------------------------------------------- */

/* Of `all` cells, which so many ranks share. */
static gf_status check_side(const gf_parallel *parallel, uint64_t all, uint32_t ranks,
                            const char *cell, const char *way, gf_error *error) {
    const uint64_t steps = parallel->how.halo_steps > 0 ? parallel->how.halo_steps : 1;
    const uint64_t least = steps * parallel->division.reach, each = all / ranks;
    if (ranks == 1 || each >= (least > 0 ? least : 1))
        return GF_OK;
    return gf_error_set_parameter(
        error, GF_USAGE, "rank-grid",
        " %ux%u: a part would have %llu %s%s, and halos of %llu step%s need %llu; give fewer "
        "ranks %s, or fewer steps between exchanges",
        parallel->how.ranks_across, parallel->how.ranks_down, (unsigned long long)each, cell,
        each == 1 ? "" : "s", (unsigned long long)steps, steps == 1 ? "" : "s",
        (unsigned long long)(least > 0 ? least : 1), way);
}

/* What the units of a problem have no use for. */
static gf_status check_use(const gf_parallel *parallel, gf_error *error) {
    const gf_parallel_options *how = &parallel->how;
    const char *name = parallel->problem->workload->name;
    const bool reads_others = parallel->division.reach > 0;
    if (how->queue == GF_QUEUE_ALWAYS && reads_others)
        return gf_error_set_parameter(error, GF_USAGE, "queue",
                                      " always: units of %s read one another, so that none can "
                                      "wait in a queue; leave it out",
                                      name);
    if (reads_others || (how->halo_steps == 0 && how->overlap != GF_OVERLAP_ALWAYS))
        return GF_OK;
    return gf_error_set_parameter(error, GF_USAGE, how->halo_steps > 0 ? "halo-steps" : "overlap",
                                  ": units of %s read no others, so that ranks exchange no halos; "
                                  "leave it out",
                                  name);
}

gf_status gf_plan_check_options(const gf_parallel *parallel, gf_error *error) {
    const uint64_t across = parallel->how.ranks_across, down = parallel->how.ranks_down;
    const uint32_t ranks = parallel->ranks->size;
    const gf_division *division = &parallel->division;
    const gf_status used = check_use(parallel, error);
    if (used != GF_OK || across == 0)
        return used;
    if (across * down != ranks)
        return gf_error_set_parameter(error, GF_USAGE, "rank-grid",
                                      " %llux%llu: that is %llu ranks, and this job has %u",
                                      (unsigned long long)across, (unsigned long long)down,
                                      (unsigned long long)(across * down), ranks);
    if (across > 1 && division->columns == 0)
        return gf_error_set_parameter(error, GF_USAGE, "rank-grid",
                                      " %llux%llu: %s is not divided by columns; give 1x%u, or "
                                      "leave it out",
                                      (unsigned long long)across, (unsigned long long)down,
                                      parallel->problem->workload->name, ranks);
    const uint64_t rows = division->units * (parallel->how.weak ? ranks : 1);
    const gf_status status =
        check_side(parallel, division->columns, (uint32_t)across, "column", "across", error);
    return status == GF_OK ? check_side(parallel, rows, (uint32_t)down, "row", "down", error)
                           : status;
}
