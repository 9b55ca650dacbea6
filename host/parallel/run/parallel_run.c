#include <string.h>

#include "base/array.h"
#include "base/entry.h"
#include "parallel/parallel.h"
#include "parallel/run/ranked_balance.h"
#include "parallel/run/ranked_exchanges.h"
#include "parallel/run/ranked_parts.h"
#include "parallel/run/ranked_queue.h"
#include "parallel/run/ranked_samples.h"
#include "parallel/run/ranked_saving.h"
#include "parallel/run/ranked_trip.h"

/* Steps between two exchanges before anything is known. */
#define FIRST_STEPS 16

/* ---- The parts -------------------------------------------------------------- */

/* The grid that is asked for of all ranks; else rows at first. */
static void begin_plan(gf_ranked_run *run) {
    const gf_parallel *parallel = run->parallel;
    const uint64_t asked = parallel->how.halo_steps, first = asked > 0 ? asked : FIRST_STEPS;
    const gf_rank_grid wanted = {parallel->how.ranks_across, parallel->how.ranks_down};
    const bool is_wanted = wanted.across > 0 && run->result->ranks == parallel->ranks->size;
    run->any_grid = !is_wanted && run->result->ranks > 1;
    run->plan = (gf_halo_plan){.grid = is_wanted ? wanted : (gf_rank_grid){1, run->result->ranks},
                               .overlaps = parallel->how.overlap == GF_OVERLAP_ALWAYS,
                               .line = parallel->line};
    gf_ranked_split(run);
    run->plan.steps = first < run->most_steps ? first : run->most_steps;
}

/* First parts, by which better ones are found. */
static gf_status make_first_parts(gf_ranked_run *run, gf_error *error) {
    memset(run->parallel->rates, 0, run->result->ranks * sizeof *run->parallel->rates);
    const gf_status status = gf_ranked_plan_queue(run, error);
    if (status != GF_OK)
        return status;
    begin_plan(run);
    gf_ranked_note_plan(run);
    gf_ranked_report_progress(run, "rehearsal", 0, 0);
    return gf_ranked_make(run, error);
}

static gf_status make_parts(gf_ranked_run *run, gf_error *error) {
    gf_status status = make_first_parts(run, error);
    if (status == GF_OK)
        status = gf_ranked_balance(run, error);
    if (status == GF_OK)
        status = gf_ranked_choose_queue(run, error);
    if (status == GF_OK)
        status = gf_ranked_plan_exchanges(run, error);
    if (status == GF_OK)
        gf_ranked_note_plan(run);
    return status;
}

/* ---- The whole -------------------------------------------------------------- */

/* Whether the result holds is known to the ranks that took part; the others hear it from the first.
 */
static gf_status tell_outcome(gf_ranked_run *run, gf_error *error) {
    uint64_t outcome[3] = {run->result->holds ? 1 : 0, run->result->compared,
                           run->result->mismatches};
    const gf_status status =
        gf_ranks_broadcast(run->parallel->ranks, outcome, sizeof outcome, error);
    run->result->holds = outcome[0] != 0;
    run->result->compared = outcome[1];
    run->result->mismatches = outcome[2];
    return status;
}

static gf_status prove_and_time(gf_ranked_run *run, gf_error *error) {
    gf_ranked_report_progress(run, "reference", 0, 0);
    gf_status status = gf_ranked_is_saved(run) ? gf_ranked_begin_saving(run, error)
                                               : gf_ranked_proof_make(run, error);
    if (status == GF_OK && gf_parallel_takes_part(run->parallel))
        status = gf_ranked_make_trips(run, error);
    return status == GF_OK ? tell_outcome(run, error) : status;
}

static gf_status execute(gf_ranked_run *run, gf_error *error) {
    gf_status status = gf_ranked_check_saving(run, error);
    if (status == GF_OK)
        status = make_parts(run, error);
    if (status == GF_OK)
        status = prove_and_time(run, error);
    gf_ranked_proof_clear(run);
    return status;
}

static gf_status add_result(gf_parallel *parallel, uint32_t ranks, gf_error *error) {
    gf_status status =
        gf_array_grow(&parallel->results, parallel->result_count, sizeof *parallel->results, error);
    if (status == GF_OK)
        status =
            gf_parallel_result_create(&parallel->results[parallel->result_count], ranks, error);
    parallel->result_count += status == GF_OK ? 1 : 0;
    return status;
}

gf_status gf_parallel_run(gf_parallel *parallel, uint32_t count, gf_error *error) {
    GF_ENTER(error);
    const uint32_t ranks =
        count < 1 ? 1 : (count < parallel->ranks->size ? count : parallel->ranks->size);
    gf_status status = add_result(parallel, ranks, error);
    if (status == GF_OK && parallel->how.weak)
        status = gf_parallel_set_problem(parallel, ranks, error);
    status = gf_ranks_agree(parallel->ranks, status, error);
    if (status != GF_OK)
        return status;
    gf_ranked_run run = {.parallel = parallel,
                         .group = gf_ranks_first(parallel->ranks, ranks),
                         .result = &parallel->results[parallel->result_count - 1]};
    parallel->latest = ranks;
    return execute(&run, error);
}
