#include "parallel/run/ranked_queue.h"

#include <stdlib.h>

#include "base/error.h"
#include "parallel/run/ranked_balance.h"
#include "parallel/run/ranked_parts.h"
#include "parallel/run/ranked_trip.h"

/* Round trips that take so long gain from a queue, or lose nothing. */
#define LONG_TRIP_NS 500000000
enum { TRIALS = 3 };

/* ---- Room ------------------------------------------------------------------- */

static bool has_room(const gf_ranked_run *run) {
    const gf_parallel *parallel = run->parallel;
    return !gf_parallel_takes_part(parallel) ||
           gf_rank_bands_fit(parallel->problem, &run->group, &parallel->band_plan,
                             parallel->parts[run->group.rank]);
}

/* Each rank needs memory for all units in the queue; where one has not so much there is none. */
static gf_status check_room(gf_ranked_run *run, gf_error *error) {
    const gf_ranks *ranks = run->parallel->ranks;
    const uint32_t fits = has_room(run) ? 1 : 0;
    uint32_t *all = calloc(ranks->size, sizeof *all);
    if (all == NULL)
        return gf_error_no_memory(error, "the queue", ranks->size * sizeof *all);
    const gf_status status = gf_ranks_gather_everywhere(ranks, &fits, sizeof fits, all, error);
    for (uint32_t i = 0; status == GF_OK && i < ranks->size; i++)
        run->queues = run->queues && all[i] != 0;
    free(all);
    return status;
}

gf_status gf_ranked_plan_queue(gf_ranked_run *run, gf_error *error) {
    if (!gf_parallel_has_bands(run->parallel))
        return GF_OK;
    run->queues = run->parallel->how.queue != GF_QUEUE_NEVER;
    gf_ranked_split(run);
    return gf_band_plan_has_queue(&run->parallel->band_plan) ? check_room(run, error) : GF_OK;
}

/* ---- A trial of parts ------------------------------------------------------- */

static uint64_t longest_of(const gf_trip_word *words, uint32_t count) {
    uint64_t longest = 0;
    for (uint32_t i = 0; i < count; i++)
        longest = words[i].times.own_ns > longest ? words[i].times.own_ns : longest;
    return longest;
}

/* A round trip without a proof, with the times of all ranks of the group. */
static gf_status try_trip(gf_ranked_run *run, gf_trip_word *words, gf_error *error) {
    gf_trip_word mine = {.holds = 1};
    gf_status status = gf_ranked_trip(run, &mine.times, error);
    if (status == GF_OK)
        status = gf_context_check_cancel(&run->parallel->context, error);
    return status == GF_OK
               ? gf_ranks_gather_everywhere(&run->group, &mine, sizeof mine, words, error)
               : status;
}

/* The shortest of some round trips with the parts as they are; one where they are long. */
static gf_status try_trips(gf_ranked_run *run, gf_trip_word *words, uint64_t *shortest_ns,
                           gf_error *error) {
    gf_status status = gf_ranked_begin_rates(run, error);
    *shortest_ns = UINT64_MAX;
    for (uint32_t i = 0; status == GF_OK && i < TRIALS && (i == 0 || *shortest_ns < LONG_TRIP_NS);
         i++) {
        status = try_trip(run, words, error);
        if (status != GF_OK)
            break;
        gf_ranked_learn_rates(run, words);
        const uint64_t ns = longest_of(words, run->group.size);
        *shortest_ns = ns < *shortest_ns ? ns : *shortest_ns;
    }
    return status;
}

static gf_status try_parts(gf_ranked_run *run, uint64_t *shortest_ns, gf_error *error) {
    gf_trip_word *words = calloc(run->group.size, sizeof *words);
    if (words == NULL)
        return gf_error_no_memory(error, "times of ranks", run->group.size * sizeof *words);
    const gf_status status = try_trips(run, words, shortest_ns, error);
    free(words);
    return status;
}

/* The same on every rank of the job. */
static gf_status measure_parts(gf_ranked_run *run, uint64_t *ns, gf_error *error) {
    gf_status status = GF_OK;
    if (gf_parallel_takes_part(run->parallel))
        status = try_parts(run, ns, error);
    return status == GF_OK ? gf_ranks_broadcast(run->parallel->ranks, ns, sizeof *ns, error)
                           : status;
}

/* ---- The choice ------------------------------------------------------------- */

static gf_status make_with_queue(gf_ranked_run *run, bool queues, gf_error *error) {
    run->queues = queues;
    return gf_ranked_make_anew(run, error);
}

/* What a trip takes with the queue, and parts by what it shows. */
static gf_status try_queue(gf_ranked_run *run, uint64_t *queued_ns, gf_error *error) {
    bool changed = false;
    gf_status status = measure_parts(run, queued_ns, error);
    if (status == GF_OK)
        status = gf_ranked_balance_bands(run, &changed, error);
    return status == GF_OK && changed ? measure_parts(run, queued_ns, error) : status;
}

/* Parts without a queue, unless they take longer. */
static gf_status try_without(gf_ranked_run *run, uint64_t queued_ns, gf_error *error) {
    uint64_t fixed_ns = 0;
    gf_status status = make_with_queue(run, false, error);
    if (status == GF_OK)
        status = measure_parts(run, &fixed_ns, error);
    return status != GF_OK || fixed_ns < queued_ns ? status : make_with_queue(run, true, error);
}

gf_status gf_ranked_choose_queue(gf_ranked_run *run, gf_error *error) {
    const bool always = run->parallel->how.queue == GF_QUEUE_ALWAYS;
    uint64_t queued_ns = 0;
    if (!run->result->queues)
        return GF_OK;
    const gf_status status = try_queue(run, &queued_ns, error);
    return status != GF_OK || always || queued_ns >= LONG_TRIP_NS
               ? status
               : try_without(run, queued_ns, error);
}
