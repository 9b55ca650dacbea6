#include "parallel/parallel_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "checkpoint/checkpoint_identity.h"
#include "measure/tuning.h"
#include "parallel/bands/band_proof.h"
#include "parallel/grid/cell_inputs.h"
#include "parallel/parallel.h"
#include "parallel/parallel_answer.h"
#include "parallel/parallel_plan.h"
#include "parallel/part/rank_reference.h"
#include "parallel/part/rank_trip.h"
#include "parallel/rank_rates.h"
#include "parallel/saving/rank_state.h"

/* Steps between two exchanges before anything is known. */
#define FIRST_STEPS 16

typedef struct ranked_run {
    gf_parallel *parallel;
    gf_ranks group;
    gf_rank_proof proof;
    gf_band_proof band_proof;
    gf_band_rates band_rates; /* of rank 0 */
    gf_parallel_result *result;
    gf_halo_plan plan;
    uint64_t most_steps;
    uint64_t began_ns; /* the first trip */
    bool any_grid;     /* it is still open in which grid they share the problem */
    bool queues;       /* ranks take bands from a queue, where they are independent */
} ranked_run;

static bool takes_part(const ranked_run *run) {
    return run->parallel->ranks->rank < run->result->ranks;
}

/* ---- Parts ------------------------------------------------------------------ */

static void split_bands(ranked_run *run, bool queues) {
    gf_parallel *parallel = run->parallel;
    const gf_problem *problem = parallel->problem;
    const uint32_t ranks = run->result->ranks;
    gf_band_plan_make(&parallel->band_plan, parallel->division.units, &parallel->profile,
                      !gf_is_cut(&parallel->division, problem->result), queues, ranks);
    gf_band_plan_split(&parallel->band_plan, &parallel->profile, parallel->rates, ranks,
                       parallel->parts);
    run->most_steps = 1;
}

static void split(ranked_run *run) {
    gf_parallel *parallel = run->parallel;
    if (gf_parallel_has_bands(parallel)) {
        split_bands(run, run->queues);
        return;
    }
    const uint64_t wanted = parallel->how.halo_steps > 0 ? parallel->how.halo_steps : 1;
    const gf_rank_grid grid = run->plan.grid;
    gf_rank_split(parallel->division.units, &parallel->profile, wanted * parallel->division.reach,
                  grid.across == 1 ? parallel->rates : NULL, grid.down, parallel->parts);
    gf_grid_spread(grid, parallel->parts, parallel->parts);
    run->most_steps = gf_rank_most_steps(parallel->problem, &parallel->division, grid,
                                         parallel->parts, run->result->ranks);
}

static gf_status make_part(ranked_run *run, gf_error *error) {
    gf_parallel *parallel = run->parallel;
    gf_parallel_clear_parts(parallel);
    if (!takes_part(run))
        return GF_OK;
    if (gf_parallel_has_bands(parallel))
        return gf_rank_bands_create(&parallel->bands, &parallel->context, &run->group,
                                    parallel->problem, &parallel->band_plan,
                                    parallel->parts[run->group.rank], error);
    return gf_rank_part_create(&parallel->part, &parallel->context, &run->group, parallel->problem,
                               parallel->parts, &run->plan, error);
}

/* The first content of its own cells, without halos; `packed` holds it where halos at the sides
 * lie between its rows. */
static gf_status find_own_input(const gf_rank_part *part, uint32_t i, void **packed,
                                const void **input, gf_error *error) {
    const gf_buffer_spec *spec = &part->panel.buffers[i];
    const size_t row_bytes = gf_row_bytes(spec);
    *input = part->inputs[i];
    if (part->inputs[i] == NULL || !gf_is_cut(&part->division, i))
        return GF_OK;
    if (!gf_rank_has_sides(part)) {
        *input = (const char *)part->inputs[i] + (size_t)part->local.rows.top * row_bytes;
        return GF_OK;
    }
    *packed = malloc(part->problem.buffers[i].bytes);
    if (*packed == NULL)
        return gf_error_no_memory(error, spec->name, part->problem.buffers[i].bytes);
    gf_pack_cells(gf_rank_own_cells(part), row_bytes / spec->cols, part->inputs[i], row_bytes,
                  *packed);
    *input = *packed;
    return GF_OK;
}

/* Joins what each rank has noted of its part of the inputs. */
static gf_status join_notes(ranked_run *run, gf_error *error) {
    gf_problem *problem = run->parallel->problem;
    const gf_workload *workload = problem->workload;
    const size_t bytes = workload->extra_bytes;
    if (workload->join_notes == NULL || bytes == 0)
        return GF_OK;
    char *all = calloc(run->group.size, bytes);
    if (all == NULL)
        return gf_error_no_memory(error, "notes of inputs", run->group.size * bytes);
    const gf_status status =
        gf_ranks_gather_everywhere(&run->group, problem->extra, bytes, all, error);
    for (uint32_t i = 0; status == GF_OK && i < run->group.size; i++) {
        if (run->parallel->parts[i].count > 0)
            workload->join_notes(problem, all + i * bytes);
    }
    free(all);
    return status;
}

/* What may differ: of these units, or of those in the queue. */
static void note_bands(ranked_run *run) {
    const gf_held_units *held = run->parallel->bands.held;
    const gf_workload *workload = run->parallel->problem->workload;
    held = held[GF_HELD_OWN].units.count > 0 ? &held[GF_HELD_OWN] : &held[GF_HELD_QUEUED];
    run->parallel->tolerance = (gf_tolerance){0};
    if (workload->tolerance != NULL && held->units.count > 0)
        workload->tolerance(&held->problem, (const void *const *)held->inputs,
                            &run->parallel->tolerance);
}

static void look_at_inputs(ranked_run *run, const void *const inputs[GF_MAX_BUFFERS]) {
    gf_rank_part *part = &run->parallel->part;
    const gf_workload *workload = run->parallel->problem->workload;
    if (workload->note_inputs != NULL)
        workload->note_inputs(&part->problem, inputs);
    run->parallel->tolerance = (gf_tolerance){0};
    if (workload->tolerance != NULL)
        workload->tolerance(&part->problem, inputs, &run->parallel->tolerance);
}

/* A rank without units takes on what the others have noted. */
static gf_status note_own_inputs(ranked_run *run, gf_error *error) {
    const gf_rank_part *part = &run->parallel->part;
    const void *inputs[GF_MAX_BUFFERS] = {NULL};
    void *packed[GF_MAX_BUFFERS] = {NULL};
    gf_status status = GF_OK;
    if (gf_parallel_has_bands(run->parallel))
        note_bands(run);
    if (part->mine.count == 0)
        return GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < part->whole->buffer_count; i++)
        status = find_own_input(part, i, &packed[i], &inputs[i], error);
    if (status == GF_OK)
        look_at_inputs(run, inputs);
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++)
        free(packed[i]);
    return status;
}

/* The error that any part allows is allowed everywhere. */
static gf_status join_tolerances(ranked_run *run, gf_error *error) {
    double *mine = &run->parallel->tolerance.abs_error;
    double *all = calloc(run->group.size, sizeof *all);
    if (all == NULL)
        return gf_error_no_memory(error, "tolerances", run->group.size * sizeof *all);
    const gf_status status = gf_ranks_gather_everywhere(&run->group, mine, sizeof *all, all, error);
    for (uint32_t i = 0; status == GF_OK && i < run->group.size; i++)
        *mine = fmax(*mine, all[i]);
    free(all);
    return status;
}

static gf_status make_and_note(ranked_run *run, gf_error *error) {
    const gf_status status = make_part(run, error);
    return status == GF_OK && takes_part(run) ? note_own_inputs(run, error) : status;
}

static gf_status join_inputs(ranked_run *run, gf_error *error) {
    if (!takes_part(run))
        return GF_OK;
    const gf_status status = join_notes(run, error);
    return status == GF_OK ? join_tolerances(run, error) : status;
}

static const gf_problem *own_problem(const gf_parallel *parallel) {
    return gf_parallel_has_bands(parallel) ? &parallel->bands.held[GF_HELD_OWN].problem
                                           : &parallel->part.problem;
}

static gf_status tune(ranked_run *run, gf_error *error) {
    gf_parallel *parallel = run->parallel;
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

static gf_status prepare_part(ranked_run *run, gf_error *error) {
    gf_parallel *parallel = run->parallel;
    gf_status status = GF_OK;
    if (!takes_part(run) || !has_units(parallel))
        return GF_OK;
    if (parallel->options.tuning != NULL)
        status = tune(run, error);
    if (status != GF_OK)
        return status;
    return gf_parallel_has_bands(parallel)
               ? gf_rank_bands_prepare(&parallel->bands, &parallel->its, error)
               : gf_rank_part_prepare(&parallel->part, &parallel->its, error);
}

/* Everything that each rank does by itself, with what the ranks must agree on between. */
static gf_status make(ranked_run *run, gf_error *error) {
    gf_ranks *all = run->parallel->ranks;
    gf_status status = gf_ranks_agree(all, make_and_note(run, error), error);
    if (status == GF_OK)
        status = join_inputs(run, error);
    return status == GF_OK ? gf_ranks_agree(all, prepare_part(run, error), error) : status;
}

/* ---- Exchanges ---------------------------------------------------------------- */

/* By a rehearsal of the parts as they are. Ranks that take no part hear of it. */
static gf_status decide(ranked_run *run, gf_decision *made, gf_error *error) {
    gf_status status = GF_OK;
    *made = (gf_decision){.plan = run->plan};
    if (takes_part(run))
        status = gf_plan_decide(run->parallel, &run->plan, run->any_grid, run->most_steps,
                                run->result, made, error);
    return status == GF_OK ? gf_ranks_broadcast(run->parallel->ranks, made, sizeof *made, error)
                           : status;
}

static bool is_same_plan(const gf_halo_plan *a, const gf_halo_plan *b) {
    return a->grid.across == b->grid.across && a->steps == b->steps && a->overlaps == b->overlaps;
}

static void note_plan(ranked_run *run);

/* Makes the parts anew, if they are to be other ones. */
static gf_status adopt(ranked_run *run, const gf_halo_plan *plan, gf_error *error) {
    if (is_same_plan(plan, &run->plan))
        return GF_OK;
    run->plan = *plan;
    split(run);
    note_plan(run);
    return make(run, error);
}

/* Finds out in what grid, and how often, it pays to exchange halos. A grid that promises to take
 * less than rows is rehearsed as well, since its parts have another shape: rows it is if they then
 * promise more. */
static gf_status plan_exchanges(ranked_run *run, gf_error *error) {
    gf_decision first, second;
    if (run->parallel->division.reach == 0)
        return GF_OK;
    gf_status status = decide(run, &first, error);
    if (status == GF_OK)
        status = adopt(run, &first.plan, error);
    if (status != GF_OK || !run->any_grid || run->plan.grid.across == 1)
        return status;
    run->any_grid = false;
    status = decide(run, &second, error);
    if (status == GF_OK)
        status = adopt(run, second.step_ns < first.rows_ns ? &second.plan : &first.rows, error);
    return status;
}

/* No visit goes beyond a stop. */
static uint64_t count_visits(const gf_problem *problem, uint64_t steps) {
    const uint64_t every = gf_steps_at_once(problem);
    const uint64_t rest = problem->steps % every;
    return problem->steps / every * ((every + steps - 1) / steps) + (rest + steps - 1) / steps;
}

static void note_plan(ranked_run *run) {
    gf_parallel_result *result = run->result;
    const gf_problem *problem = run->parallel->problem;
    memcpy(result->parts, run->parallel->parts, result->ranks * sizeof *result->parts);
    result->grid = run->plan.grid;
    result->active = 0;
    while (result->active < result->ranks && result->parts[result->active].count > 0)
        result->active++;
    result->queues =
        gf_parallel_has_bands(run->parallel) && gf_band_plan_has_queue(&run->parallel->band_plan);
    if (result->queues)
        result->active = result->ranks;
    if (run->parallel->division.reach == 0 || result->active < 2)
        return;
    result->visit_steps = run->plan.steps;
    result->overlaps = run->plan.overlaps;
    result->exchanges = count_visits(problem, run->plan.steps) - 1;
}

/* Ranks whose devices differ get rows by their rates. Parts of another grid, which somebody wants,
 * are equal. */
static gf_status balance(ranked_run *run, gf_error *error) {
    gf_parallel *parallel = run->parallel;
    if (!gf_rank_devices_differ(parallel, run->result->ranks) || run->plan.grid.across > 1)
        return GF_OK;
    run->any_grid = false;
    const gf_status status =
        gf_rank_rates_measure(parallel, run->result->ranks, parallel->rates, error);
    if (status != GF_OK)
        return status;
    split(run);
    note_plan(run);
    run->plan.steps = run->plan.steps < run->most_steps ? run->plan.steps : run->most_steps;
    return make(run, error);
}

/* ---- Bands ---------------------------------------------------------------------- */

/* Each rank needs memory for all units in the queue; where one has not so much there is none. */
static gf_status check_room(ranked_run *run, gf_error *error) {
    gf_parallel *parallel = run->parallel;
    uint32_t fits = 1, *all = calloc(parallel->ranks->size, sizeof *all);
    if (all == NULL)
        return gf_error_no_memory(error, "the queue", parallel->ranks->size * sizeof *all);
    if (takes_part(run))
        fits = gf_rank_bands_fit(parallel->problem, &run->group, &parallel->band_plan,
                                 parallel->parts[run->group.rank])
                   ? 1
                   : 0;
    const gf_status status =
        gf_ranks_gather_everywhere(parallel->ranks, &fits, sizeof fits, all, error);
    for (uint32_t i = 0; status == GF_OK && i < parallel->ranks->size; i++)
        run->queues = run->queues && all[i] != 0;
    free(all);
    return status;
}

static gf_status plan_queue(ranked_run *run, gf_error *error) {
    if (!gf_parallel_has_bands(run->parallel))
        return GF_OK;
    run->queues = run->parallel->how.queue != GF_QUEUE_NEVER;
    split(run);
    return gf_band_plan_has_queue(&run->parallel->band_plan) ? check_room(run, error) : GF_OK;
}

/* On rank 0, for the parts as they are; what was learnt of the ranks stays. */
static gf_status begin_rates(ranked_run *run, gf_error *error) {
    const gf_parallel *parallel = run->parallel;
    if (!gf_parallel_has_bands(parallel) || parallel->ranks->rank != 0)
        return GF_OK;
    gf_band_rates made;
    const double *known = run->band_rates.count > 0 ? run->band_rates.rates : parallel->rates;
    const gf_status status =
        gf_band_rates_create(&made, &parallel->bands, known, parallel->parts, error);
    gf_band_rates_clear(&run->band_rates);
    run->band_rates = made;
    return status;
}

/* On rank 0: the next round trip's bands are by the rates of this one. */
static void learn_rates(ranked_run *run, const gf_trip_word *words) {
    for (uint32_t i = 0; i < run->band_rates.count; i++)
        gf_band_rates_learn(&run->band_rates, i, &words[i].times);
}

/* ---- Saved states ----------------------------------------------------------------- */

static bool is_saved(const ranked_run *run) {
    return run->parallel->options.checkpoint != NULL;
}

/* Before anything is made. All ranks come to the same. */
static gf_status check_saving(const ranked_run *run, gf_error *error) {
    const gf_parallel *parallel = run->parallel;
    if (!is_saved(run))
        return GF_OK;
    gf_status status = gf_checkpoint_check(parallel->problem, error);
    if (status == GF_OK && gf_parallel_has_bands(parallel)) /* one launch, which makes no pause */
        status = gf_rank_state_refuse(parallel->problem, error);
    else if (status == GF_OK &&
             (parallel->saving.part != NULL || run->result->ranks < parallel->ranks->size))
        status = gf_error_set_parameter(error, GF_USAGE, "checkpoint",
                                        ": is of one run on all ranks; leave it out");
    return gf_ranks_agree(parallel->ranks, status, error);
}

static gf_status make_own_proof(ranked_run *run, gf_error *error) {
    gf_parallel *parallel = run->parallel;
    if (!takes_part(run))
        return GF_OK;
    if (!gf_parallel_has_bands(parallel))
        return gf_rank_proof_create(&run->proof, &parallel->part, &parallel->tolerance, error);
    const gf_status status = begin_rates(run, error);
    return status == GF_OK ? gf_band_proof_create(&run->band_proof, &parallel->bands,
                                                  &parallel->tolerance, error)
                           : status;
}

static gf_status make_proof(ranked_run *run, gf_error *error) {
    return gf_ranks_agree(run->parallel->ranks, make_own_proof(run, error), error);
}

/* Of all ranks, which may be asked to end meanwhile. Their proof comes after the steps: else each
 * job that goes on would begin with that of all of them. */
static gf_status make_saved_trip(ranked_run *run, gf_rank_times *times, gf_error *error) {
    gf_parallel *parallel = run->parallel;
    gf_rank_saving_listen(&parallel->saving, true);
    const gf_status status = gf_rank_trip(&parallel->part, times, error);
    gf_rank_saving_listen(&parallel->saving, false);
    if (run->result->visit_steps > 0)
        run->result->exchanges = parallel->part.pauses.exchanges;
    return status == GF_OK ? make_proof(run, error) : status;
}

/* ---- Round trips ---------------------------------------------------------------- */

static gf_status keep_words(gf_parallel_result *result, const gf_trip_word *words,
                            gf_error *error) {
    const size_t old = (size_t)result->trips * result->ranks;
    gf_trip_word *grown = realloc(result->words, (old + result->ranks) * sizeof *grown);
    if (grown == NULL)
        return gf_error_no_memory(error, "times of ranks", old * sizeof *grown);
    result->words = grown;
    memcpy(grown + old, words, result->ranks * sizeof *grown);
    result->trips++;
    return gf_samples_add(&result->totals, gf_trip_total_ns(result, result->trips - 1), error);
}

static gf_status make_trip(ranked_run *run, gf_rank_times *times, gf_error *error) {
    gf_parallel *parallel = run->parallel;
    return gf_parallel_has_bands(parallel)
               ? gf_band_trip(&parallel->bands, &run->band_rates, times, error)
               : gf_rank_trip(&parallel->part, times, error);
}

static gf_status check_trip(ranked_run *run, gf_verification *verification, bool *holds,
                            gf_error *error) {
    return gf_parallel_has_bands(run->parallel)
               ? gf_band_proof_check(&run->band_proof, verification, holds, error)
               : gf_rank_proof_check(&run->proof, &run->parallel->part, verification, holds, error);
}

/* One round trip, with what every rank says of it, on every rank. */
static gf_status proved_trip(ranked_run *run, gf_trip_word *words, gf_error *error) {
    gf_trip_word mine = {.holds = 1};
    gf_verification verification = {.sampled = false};
    bool holds = false;
    gf_status status = is_saved(run) ? make_saved_trip(run, &mine.times, error)
                                     : make_trip(run, &mine.times, error);
    if (status == GF_OK)
        status = gf_context_check_cancel(&run->parallel->context, error);
    if (status == GF_OK)
        status = check_trip(run, &verification, &holds, error);
    mine.compared = verification.difference.compared;
    mine.mismatches = verification.difference.mismatches;
    mine.holds = holds ? 1 : 0;
    mine.sampled = verification.sampled ? 1 : 0;
    mine.elapsed_ns = gf_context_now(&run->parallel->context) - run->began_ns;
    return status == GF_OK
               ? gf_ranks_gather_everywhere(&run->group, &mine, sizeof mine, words, error)
               : status;
}

static void judge(gf_parallel_result *result, const gf_trip_word *words) {
    result->compared = result->mismatches = 0;
    for (uint32_t i = 0; i < result->ranks; i++) {
        result->compared += words[i].compared;
        result->mismatches += words[i].mismatches;
        result->holds = result->holds && words[i].holds != 0;
        result->sampled = result->sampled || words[i].sampled != 0;
    }
}

/* Between two trips ranks prove their parts and meet. Where other programs have the cores that
 * takes far longer than short trips, which then need not add up to the time that is asked for: a
 * job takes no more than so many times as long. */
#define MOST_ELAPSED 8

/* `elapsed_ns`: the first rank's, so that all of them come to the same. */
static bool has_enough(const ranked_run *run, uint64_t sampled_ns, uint64_t elapsed_ns) {
    const gf_run_options *options = &run->parallel->options;
    const uint32_t trips = run->result->trips;
    if (is_saved(run))
        return trips > 0;
    return trips >= options->repeat &&
           (trips >= options->max_samples || (double)sampled_ns * 1e-9 >= options->min_time_s ||
            (double)elapsed_ns * 1e-9 >= MOST_ELAPSED * options->min_time_s);
}

/* On a rank that shows it. */
static void report_progress(const ranked_run *run, const char *stage, uint32_t done,
                            uint32_t planned) {
    char who[32];
    snprintf(who, sizeof who, "%u rank%s", run->result->ranks, run->result->ranks == 1 ? "" : "s");
    const gf_progress progress = {.device_id = who,
                                  .variant = run->parallel->its.variant,
                                  .stage = stage,
                                  .done = done,
                                  .planned = planned};
    gf_context_report_progress(&run->parallel->context, &progress);
}

/* All ranks count the same, from the same words. */
static gf_status make_trips(ranked_run *run, gf_trip_word *words, gf_error *error) {
    gf_parallel_result *result = run->result;
    const uint32_t asked = run->parallel->options.warmup;
    const uint32_t warmup = is_saved(run) ? 0 : (asked > 0 ? asked : 1);
    uint64_t sampled_ns = 0;
    gf_status status = GF_OK;
    run->began_ns = gf_context_now(&run->parallel->context);
    for (uint32_t i = 0; status == GF_OK && result->holds &&
                         (i < warmup || !has_enough(run, sampled_ns, words[0].elapsed_ns));
         i++) {
        if (i < warmup)
            report_progress(run, "warm-up", i, warmup);
        else
            report_progress(run, "sample", result->trips, run->parallel->options.repeat);
        status = proved_trip(run, words, error);
        if (status != GF_OK)
            break;
        judge(result, words);
        learn_rates(run, words);
        if (i < warmup)
            continue;
        status = keep_words(result, words, error);
        if (status == GF_OK)
            sampled_ns += gf_trip_total_ns(result, result->trips - 1);
    }
    return status;
}

static void find_median(gf_parallel_result *result) {
    const gf_statistics total = gf_samples_statistics(&result->totals);
    uint64_t nearest = UINT64_MAX;
    for (uint32_t i = 0; i < result->trips; i++) {
        const uint64_t ns = result->totals.ns[i];
        const uint64_t distance =
            ns > total.median_ns ? ns - total.median_ns : total.median_ns - ns;
        result->median = distance < nearest ? i : result->median;
        nearest = distance < nearest ? distance : nearest;
    }
}

/* A job that goes on from a saved state makes the rest of the work. */
static double share_made(const gf_parallel *parallel) {
    const uint64_t first = parallel->saving.states.state.first_step;
    return first == 0 ? 1 : 1 - (double)first / (double)parallel->problem->steps;
}

static gf_status run_group(ranked_run *run, gf_error *error) {
    gf_trip_word *words = calloc(run->group.size, sizeof *words);
    if (words == NULL)
        return gf_error_no_memory(error, "times of ranks", run->group.size * sizeof *words);
    gf_status status = make_trips(run, words, error);
    free(words);
    if (status == GF_OK && run->result->trips > 0)
        find_median(run->result);
    if (status == GF_OK && run->result->holds)
        status = gf_parallel_answer(run->parallel, run->result, error);
    run->result->work *= share_made(run->parallel);
    return status;
}

/* ---- Whether a queue pays ----------------------------------------------------------- */

/* Round trips that take so long gain from a queue, or lose nothing. */
#define LONG_TRIP_NS 500000000
enum { TRIALS = 3 };

/* A round trip without a proof, with the times of all ranks of the group. */
static gf_status try_trip(ranked_run *run, gf_trip_word *words, uint64_t *longest_ns,
                          gf_error *error) {
    gf_trip_word mine = {.holds = 1};
    gf_status status = make_trip(run, &mine.times, error);
    if (status == GF_OK)
        status = gf_context_check_cancel(&run->parallel->context, error);
    if (status == GF_OK)
        status = gf_ranks_gather_everywhere(&run->group, &mine, sizeof mine, words, error);
    *longest_ns = 0;
    for (uint32_t i = 0; status == GF_OK && i < run->group.size; i++)
        *longest_ns = words[i].times.own_ns > *longest_ns ? words[i].times.own_ns : *longest_ns;
    return status;
}

/* The shortest of some round trips with the parts as they are; one where they are long. */
static gf_status try_parts(ranked_run *run, uint64_t *shortest_ns, gf_error *error) {
    gf_trip_word *words = calloc(run->group.size, sizeof *words);
    gf_status status =
        words == NULL ? gf_error_no_memory(error, "times of ranks", run->group.size * sizeof *words)
                      : begin_rates(run, error);
    *shortest_ns = UINT64_MAX;
    for (uint32_t i = 0; status == GF_OK && i < TRIALS && (i == 0 || *shortest_ns < LONG_TRIP_NS);
         i++) {
        uint64_t ns = 0;
        status = try_trip(run, words, &ns, error);
        learn_rates(run, words);
        *shortest_ns = ns < *shortest_ns ? ns : *shortest_ns;
    }
    free(words);
    return status;
}

/* The same on every rank of the job. */
static gf_status measure_parts(ranked_run *run, uint64_t *ns, gf_error *error) {
    gf_status status = GF_OK;
    if (takes_part(run))
        status = try_parts(run, ns, error);
    return status == GF_OK ? gf_ranks_broadcast(run->parallel->ranks, ns, sizeof *ns, error)
                           : status;
}

static gf_status make_with_queue(ranked_run *run, bool queues, gf_error *error) {
    run->queues = queues;
    split(run);
    note_plan(run);
    return make(run, error);
}

/* Parts that were split without these rates, of which one is off by so much, are split anew. */
#define UNEVEN 1.25

static bool are_uneven(const double *learned, const double *assumed, uint32_t count) {
    double least = INFINITY, most = 0;
    for (uint32_t i = 0; i < count; i++) {
        const double ratio = learned[i] / (assumed[0] > 0 && assumed[i] > 0 ? assumed[i] : 1);
        least = fmin(least, ratio);
        most = fmax(most, ratio);
    }
    return least > 0 && most > UNEVEN * least;
}

/* Own parts by the rates that the trial has shown: devices that look alike need not be equally
 * fast. *changed: the parts were made anew. */
static gf_status balance_bands(ranked_run *run, bool *changed, gf_error *error) {
    gf_parallel *parallel = run->parallel;
    const uint32_t count = run->result->ranks;
    double *learned = calloc(count, sizeof *learned);
    *changed = false;
    if (learned == NULL)
        return gf_error_no_memory(error, "rates", count * sizeof *learned);
    if (run->band_rates.count == count)
        memcpy(learned, run->band_rates.rates, count * sizeof *learned);
    gf_status status = gf_ranks_broadcast(parallel->ranks, learned, count * sizeof *learned, error);
    if (status == GF_OK && parallel->band_plan.own > 0 &&
        are_uneven(learned, parallel->rates, count)) {
        memcpy(parallel->rates, learned, count * sizeof *learned);
        *changed = true;
        status = make_with_queue(run, true, error);
    }
    free(learned);
    return status;
}

/* Answers may take longer than short bands: what pays is tried. */
static gf_status choose_queue(ranked_run *run, gf_error *error) {
    const bool always = run->parallel->how.queue == GF_QUEUE_ALWAYS;
    uint64_t queued_ns = 0, fixed_ns = 0;
    bool changed = false;
    if (!run->result->queues)
        return GF_OK;
    gf_status status = measure_parts(run, &queued_ns, error);
    if (status == GF_OK)
        status = balance_bands(run, &changed, error);
    if (status == GF_OK && changed)
        status = measure_parts(run, &queued_ns, error);
    if (status != GF_OK || always || queued_ns >= LONG_TRIP_NS)
        return status;
    status = make_with_queue(run, false, error);
    if (status == GF_OK)
        status = measure_parts(run, &fixed_ns, error);
    return status != GF_OK || fixed_ns < queued_ns ? status : make_with_queue(run, true, error);
}

/* ---- The whole -------------------------------------------------------------------- */

static gf_status add_result(gf_parallel *parallel, uint32_t ranks, gf_error *error) {
    const gf_status status =
        gf_array_grow(&parallel->results, parallel->result_count, sizeof *parallel->results, error);
    if (status != GF_OK)
        return status;
    gf_part *parts = calloc(ranks, sizeof *parts);
    if (parts == NULL)
        return gf_error_no_memory(error, "parts", ranks * sizeof *parts);
    parallel->results[parallel->result_count++] =
        (gf_parallel_result){.ranks = ranks, .holds = true, .parts = parts};
    return GF_OK;
}

static void clear_proof(ranked_run *run) {
    gf_rank_proof_clear(&run->proof);
    gf_band_proof_clear(&run->band_proof);
    gf_band_rates_clear(&run->band_rates);
}

/* Whether the result holds is known to the ranks that took part; the others hear it from the first.
 */
static gf_status tell_outcome(ranked_run *run, gf_error *error) {
    uint64_t outcome[3] = {run->result->holds ? 1 : 0, run->result->compared,
                           run->result->mismatches};
    const gf_status status =
        gf_ranks_broadcast(run->parallel->ranks, outcome, sizeof outcome, error);
    run->result->holds = outcome[0] != 0;
    run->result->compared = outcome[1];
    run->result->mismatches = outcome[2];
    return status;
}

/* The grid that is asked for of all ranks; else rows at first. */
static void begin_plan(ranked_run *run) {
    const gf_parallel *parallel = run->parallel;
    const uint64_t asked = parallel->how.halo_steps, first = asked > 0 ? asked : FIRST_STEPS;
    const gf_rank_grid wanted = {parallel->how.ranks_across, parallel->how.ranks_down};
    const bool is_wanted = wanted.across > 0 && run->result->ranks == parallel->ranks->size;
    run->any_grid = !is_wanted && run->result->ranks > 1;
    run->plan = (gf_halo_plan){.grid = is_wanted ? wanted : (gf_rank_grid){1, run->result->ranks},
                               .overlaps = parallel->how.overlap == GF_OVERLAP_ALWAYS,
                               .line = parallel->line};
    split(run);
    run->plan.steps = first < run->most_steps ? first : run->most_steps;
}

static gf_status execute(ranked_run *run, gf_error *error) {
    memset(run->parallel->rates, 0, run->result->ranks * sizeof *run->parallel->rates);
    gf_status status = check_saving(run, error);
    if (status == GF_OK)
        status = plan_queue(run, error);
    if (status != GF_OK)
        return status;
    begin_plan(run);
    note_plan(run);
    report_progress(run, "rehearsal", 0, 0);
    status = make(run, error);
    if (status == GF_OK)
        status = balance(run, error);
    if (status == GF_OK)
        status = choose_queue(run, error);
    if (status == GF_OK)
        status = plan_exchanges(run, error);
    if (status != GF_OK)
        return status;
    note_plan(run);
    report_progress(run, "reference", 0, 0);
    status = is_saved(run) ? gf_rank_saving_begin(&run->parallel->saving, run->parallel->ranks,
                                                  &run->parallel->part, error)
                           : make_proof(run, error);
    if (status == GF_OK && takes_part(run))
        status = run_group(run, error);
    clear_proof(run);
    return status == GF_OK ? tell_outcome(run, error) : status;
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
    ranked_run run = {.parallel = parallel,
                      .group = gf_ranks_first(parallel->ranks, ranks),
                      .result = &parallel->results[parallel->result_count - 1]};
    parallel->latest = ranks;
    return execute(&run, error);
}

gf_statistics gf_parallel_total(const gf_parallel_result *result) {
    return gf_samples_statistics(&result->totals);
}
