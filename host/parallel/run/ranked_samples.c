#include "parallel/run/ranked_samples.h"

#include <stdlib.h>

#include "base/error.h"
#include "parallel/answer/parallel_answer.h"
#include "parallel/run/ranked_saving.h"
#include "parallel/run/ranked_trip.h"

/* ---- One round trip --------------------------------------------------------- */

static gf_status check(gf_ranked_run *run, gf_trip_word *mine, gf_error *error) {
    gf_verification verification = {.sampled = false};
    bool holds = false;
    const gf_status status = gf_ranked_proof_check(run, &verification, &holds, error);
    mine->compared = verification.difference.compared;
    mine->mismatches = verification.difference.mismatches;
    mine->holds = holds ? 1 : 0;
    mine->sampled = verification.sampled ? 1 : 0;
    return status;
}

/* With what every rank says of it, on every rank. */
static gf_status proved_trip(gf_ranked_run *run, gf_trip_word *words, gf_error *error) {
    gf_trip_word mine = {.holds = 1};
    gf_status status = gf_ranked_is_saved(run) ? gf_ranked_saved_trip(run, &mine.times, error)
                                               : gf_ranked_trip(run, &mine.times, error);
    if (status == GF_OK)
        status = gf_context_check_cancel(&run->parallel->context, error);
    if (status == GF_OK)
        status = check(run, &mine, error);
    mine.elapsed_ns = gf_context_now(&run->parallel->context) - run->began_ns;
    return status == GF_OK
               ? gf_ranks_gather_everywhere(&run->group, &mine, sizeof mine, words, error)
               : status;
}

/* ---- As many as are wanted -------------------------------------------------- */

static uint32_t count_warmup(const gf_ranked_run *run) {
    const uint32_t asked = run->parallel->options.warmup;
    if (gf_ranked_is_saved(run))
        return 0;
    return asked > 0 ? asked : 1;
}

/* Between two trips ranks prove their parts and meet. Where other programs have the cores that
 * takes far longer than short trips, which then need not add up to the time that is asked for: a
 * job takes no more than so many times as long. */
#define MOST_ELAPSED 8

/* `elapsed_ns`: the first rank's, so that all of them come to the same. */
static bool has_enough(const gf_ranked_run *run, uint64_t sampled_ns, uint64_t elapsed_ns) {
    const gf_run_options *options = &run->parallel->options;
    const uint32_t trips = run->result->trips;
    if (gf_ranked_is_saved(run))
        return trips > 0;
    return trips >= options->repeat &&
           (trips >= options->max_samples || (double)sampled_ns * 1e-9 >= options->min_time_s ||
            (double)elapsed_ns * 1e-9 >= MOST_ELAPSED * options->min_time_s);
}

/* Judges it, and learns from it. */
static gf_status next_trip(gf_ranked_run *run, gf_trip_word *words, gf_error *error) {
    const gf_status status = proved_trip(run, words, error);
    if (status != GF_OK)
        return status;
    gf_parallel_result_judge(run->result, words);
    gf_ranked_learn_rates(run, words);
    return GF_OK;
}

static gf_status warm_up(gf_ranked_run *run, gf_trip_word *words, gf_error *error) {
    const uint32_t count = count_warmup(run);
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && run->result->holds && i < count; i++) {
        gf_ranked_report_progress(run, "warm-up", i, count);
        status = next_trip(run, words, error);
    }
    return status;
}

/* How many follow those that were asked for is not known, and a run that is saved is one trip. */
static void report_sample(const gf_ranked_run *run) {
    const uint32_t done = run->result->trips, asked = run->parallel->options.repeat;
    const bool saved = gf_ranked_is_saved(run);
    gf_ranked_report_progress(run, saved ? "round trip" : "sample", done,
                              saved || done >= asked ? 0 : asked);
}

static gf_status take_samples(gf_ranked_run *run, gf_trip_word *words, gf_error *error) {
    gf_parallel_result *result = run->result;
    uint64_t sampled_ns = 0;
    gf_status status = GF_OK;
    while (status == GF_OK && result->holds && !has_enough(run, sampled_ns, words[0].elapsed_ns)) {
        report_sample(run);
        status = next_trip(run, words, error);
        if (status == GF_OK)
            status = gf_parallel_result_add(result, words, error);
        if (status == GF_OK)
            sampled_ns += gf_trip_total_ns(result, result->trips - 1);
    }
    return status;
}

/* All ranks count the same, from the same words. */
static gf_status repeat(gf_ranked_run *run, gf_error *error) {
    gf_trip_word *words = calloc(run->group.size, sizeof *words);
    if (words == NULL)
        return gf_error_no_memory(error, "times of ranks", run->group.size * sizeof *words);
    run->began_ns = gf_context_now(&run->parallel->context);
    gf_status status = warm_up(run, words, error);
    if (status == GF_OK)
        status = take_samples(run, words, error);
    free(words);
    return status;
}

gf_status gf_ranked_make_trips(gf_ranked_run *run, gf_error *error) {
    gf_status status = repeat(run, error);
    if (status == GF_OK && run->result->trips > 0)
        gf_parallel_result_find_median(run->result);
    if (status == GF_OK && run->result->holds)
        status = gf_parallel_answer(run->parallel, run->result, error);
    run->result->work *= gf_ranked_share(run);
    return status;
}
