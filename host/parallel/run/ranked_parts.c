#include "parallel/run/ranked_parts.h"

#include <string.h>

#include "measure/tuning.h"
#include "parallel/parallel.h"
#include "parallel/parallel_plan.h"
#include "parallel/run/ranked_inputs.h"

/* ---- Who gets what ---------------------------------------------------------- */

static void split_bands(gf_ranked_run *run) {
    gf_parallel *parallel = run->parallel;
    const gf_problem *problem = parallel->problem;
    const uint32_t ranks = run->result->ranks;
    gf_band_plan_make(&parallel->band_plan, parallel->division.units, &parallel->profile,
                      !gf_is_cut(&parallel->division, problem->result), run->queues, ranks);
    gf_band_plan_split(&parallel->band_plan, &parallel->profile, parallel->rates, ranks,
                       parallel->parts);
    run->most_steps = 1;
}

static void split_grid(gf_ranked_run *run) {
    gf_parallel *parallel = run->parallel;
    const uint64_t wanted = parallel->how.halo_steps > 0 ? parallel->how.halo_steps : 1;
    const gf_rank_grid grid = run->plan.grid;
    gf_rank_split(parallel->division.units, &parallel->profile, wanted * parallel->division.reach,
                  grid.across == 1 ? parallel->rates : NULL, grid.down, parallel->parts);
    gf_grid_spread(grid, parallel->parts, parallel->parts);
    run->most_steps = gf_rank_most_steps(parallel->problem, &parallel->division, grid,
                                         parallel->parts, run->result->ranks);
}

void gf_ranked_split(gf_ranked_run *run) {
    if (gf_parallel_has_bands(run->parallel))
        split_bands(run);
    else
        split_grid(run);
}

/* ---- What a rank makes of its own ------------------------------------------- */

static gf_status make_part(gf_ranked_run *run, gf_error *error) {
    gf_parallel *parallel = run->parallel;
    if (gf_parallel_has_bands(parallel))
        return gf_rank_bands_create(&parallel->bands, &parallel->context, &run->group,
                                    parallel->problem, &parallel->band_plan,
                                    parallel->parts[run->group.rank], error);
    return gf_rank_part_create(&parallel->part, &parallel->context, &run->group, parallel->problem,
                               parallel->parts, &run->plan, error);
}

static gf_status make_and_note(gf_ranked_run *run, gf_error *error) {
    gf_parallel_clear_parts(run->parallel);
    if (!gf_parallel_takes_part(run->parallel))
        return GF_OK;
    const gf_status status = make_part(run, error);
    return status == GF_OK ? gf_ranked_note_inputs(run, error) : status;
}

static const gf_problem *own_problem(const gf_parallel *parallel) {
    return gf_parallel_has_bands(parallel) ? &parallel->bands.held[GF_HELD_OWN].problem
                                           : &parallel->part.problem;
}

static gf_status tune(gf_parallel *parallel, gf_error *error) {
    gf_member *its = &parallel->its;
    const gf_backend *backend = its->device->backend;
    its->tuning = (gf_tuning){.count = 0};
    if (backend->tunables != NULL && its->variant != NULL)
        backend->tunables(its->device, own_problem(parallel), its->variant, &its->tuning);
    return gf_tuning_apply_override(&its->tuning, parallel->options.tuning, &its->tuned, error);
}

static bool has_units(const gf_parallel *parallel) {
    const gf_held_units *held = parallel->bands.held;
    return gf_parallel_has_bands(parallel)
               ? held[GF_HELD_OWN].units.count + held[GF_HELD_QUEUED].units.count > 0
               : parallel->part.mine.count > 0;
}

static gf_status prepare_part(gf_parallel *parallel, gf_error *error) {
    if (!gf_parallel_takes_part(parallel) || !has_units(parallel))
        return GF_OK;
    const gf_status status = parallel->options.tuning == NULL ? GF_OK : tune(parallel, error);
    if (status != GF_OK)
        return status;
    return gf_parallel_has_bands(parallel)
               ? gf_rank_bands_prepare(&parallel->bands, &parallel->its, error)
               : gf_rank_part_prepare(&parallel->part, &parallel->its, error);
}

/* Everything that each rank does by itself, with what the ranks must agree on between. */
gf_status gf_ranked_make(gf_ranked_run *run, gf_error *error) {
    gf_ranks *all = run->parallel->ranks;
    gf_status status = gf_ranks_agree(all, make_and_note(run, error), error);
    if (status == GF_OK && gf_parallel_takes_part(run->parallel))
        status = gf_ranked_join_inputs(run, error);
    return status == GF_OK ? gf_ranks_agree(all, prepare_part(run->parallel, error), error)
                           : status;
}

gf_status gf_ranked_make_anew(gf_ranked_run *run, gf_error *error) {
    gf_ranked_split(run);
    gf_ranked_note_plan(run);
    return gf_ranked_make(run, error);
}

/* ---- Notes ------------------------------------------------------------------ */

/* No visit goes beyond a stop. */
static uint64_t count_visits(const gf_problem *problem, uint64_t steps) {
    const uint64_t every = gf_steps_at_once(problem);
    const uint64_t rest = problem->steps % every;
    return problem->steps / every * ((every + steps - 1) / steps) + (rest + steps - 1) / steps;
}

static uint32_t count_active(const gf_parallel_result *result) {
    uint32_t active = 0;
    while (active < result->ranks && result->parts[active].count > 0)
        active++;
    return result->queues ? result->ranks : active;
}

void gf_ranked_note_plan(gf_ranked_run *run) {
    const gf_parallel *parallel = run->parallel;
    gf_parallel_result *result = run->result;
    memcpy(result->parts, parallel->parts, result->ranks * sizeof *result->parts);
    result->grid = run->plan.grid;
    result->queues =
        gf_parallel_has_bands(parallel) && gf_band_plan_has_queue(&parallel->band_plan);
    result->active = count_active(result);
    if (parallel->division.reach == 0 || result->active < 2)
        return;
    result->visit_steps = run->plan.steps;
    result->overlaps = run->plan.overlaps;
    result->exchanges = count_visits(parallel->problem, run->plan.steps) - 1;
}
