#include "measure/search/variant_trial.h"

#include <math.h>
#include <string.h>

#include "measure/reference/verified_output.h"
#include "measure/search/saved_search.h"
#include "measure/search/turns.h"
#include "measure/tuning.h"
#include "measure/verify.h"
#include "problem/traffic.h"

/* Below this time of computing in a round trip a build does not pay, whatever the others take. */
#define SHORTEST_NS UINT64_C(1000000)
/* Fewer operations and bytes than this take less time than that, even on a processor's renderer, so
 * that not even one kernel is built to find out. */
#define FEWEST_OPERATIONS 1e6
/* What takes this many times as long as the fastest so far is stopped. */
#define HOPELESS 2
/* Values are searched for where the defaults take at most this many times as long. */
#define FAR 4
/* Those that are slower by at most this factor take turns. */
#define CLOSE 1.3
/* One that suits the device better by its rank is kept unless it is slower by more than 1 part in
 * this many. */
#define GAIN_PARTS 50

typedef struct trial {
    gf_turns turns;
    gf_try tries[GF_MOST_VARIANT_TRIES]; /* in the order of the ranks */
    gf_variant_fate fates[GF_MOST_VARIANT_TRIES];
    bool found[GF_MOST_VARIANT_TRIES]; /* its values need no search */
    bool right[GF_MOST_VARIANT_TRIES]; /* its result was compared with the reference */
    uint32_t count;
    uint64_t budget_ns; /* for all but the first */
} trial;

/* ---- Programs ---------------------------------------------------------- */

static void release_programs(trial *t) {
    gf_run *run = t->turns.run;
    run->program = NULL; /* it is among these */
    for (uint32_t i = 0; i < t->count; i++) {
        if (t->tries[i].program != NULL)
            run->device->backend->program_release(t->tries[i].program);
        t->tries[i].program = NULL;
    }
    gf_run_release(run);
}

/* One variant's failure must not cost the others their chance. */
static gf_status open_again(trial *t, gf_error *error) {
    gf_run *run = t->turns.run;
    release_programs(t);
    gf_device_close(run->device);
    return gf_context_open_device(gf_run_context(run), run->device, error);
}

/* ---- One variant ------------------------------------------------------- */

static uint32_t fastest_of(const trial *t) {
    uint32_t fastest = 0;
    for (uint32_t i = 1; i < t->count; i++) {
        const uint64_t least_ns = t->tries[fastest].ns;
        const uint64_t gain_ns = least_ns == UINT64_MAX ? 0 : least_ns / GAIN_PARTS;
        if (t->tries[i].ns < least_ns - gain_ns)
            fastest = i;
    }
    return fastest;
}

/* The values that an earlier search found, or the defaults. *found: no search is due. */
static gf_tuning values_of(gf_run *run, const char *variant, bool *found) {
    static const uint32_t none_given[GF_MAX_TUNABLES];
    gf_tuning tuning;
    char name[768];
    run->variant = variant;
    gf_derive_tuning(run, none_given, &tuning);
    *found = tuning.count == 0 || !gf_search_name(run, variant, name, sizeof name) ||
             gf_tuning_load(name, &tuning) == GF_LOAD_VALUES;
    return tuning;
}

static gf_variant_fate fate_of(const gf_try *tried) {
    return tried->failed             ? GF_VARIANT_FAILED
           : tried->stopped          ? GF_VARIANT_STOPPED
           : tried->ns == UINT64_MAX ? GF_VARIANT_NOT_BUILT
                                     : GF_VARIANT_TIMED;
}

/* A failure of the first one is returned: the run reports it. */
static gf_status time_try(trial *t, uint32_t index, gf_error *error) {
    gf_error failure = GF_ERROR_INIT;
    const gf_status status = gf_turns_take(&t->turns, &t->tries[index], &failure);
    t->turns.enough_ns = 0;
    t->fates[index] = fate_of(&t->tries[index]);
    if (status == GF_OK)
        return GF_OK;
    if (status == GF_INTERRUPTED || index == 0) {
        *error = failure;
        return status;
    }
    gf_error_clear(&failure);
    return open_again(t, error);
}

static gf_status try_variant(trial *t, const char *variant, gf_error *error) {
    const uint32_t index = t->count;
    const uint64_t least_ns = index == 0 ? UINT64_MAX : t->tries[fastest_of(t)].ns;
    t->tries[index] = (gf_try){.variant = variant,
                               .tuning = values_of(t->turns.run, variant, &t->found[index]),
                               .ns = UINT64_MAX};
    t->count++;
    t->turns.enough_ns = least_ns == UINT64_MAX ? 0 : HOPELESS * least_ns;
    return time_try(t, index, error);
}

/* Times it again with these values, unless it has them. */
static gf_status take_values(trial *t, uint32_t index, const gf_tuning *tuning, gf_error *error) {
    gf_try *tried = &t->tries[index];
    if (memcmp(tuning->values, tried->tuning.values, sizeof tuning->values) == 0)
        return GF_OK;
    *tried = (gf_try){.variant = tried->variant, .tuning = *tuning, .took_ns = tried->took_ns};
    return time_try(t, index, error);
}

/* What is searched for now is saved, so that the run of the variant needs no search. The programs
 * of the others go, because a failure closes the device. */
static gf_status search_values(trial *t, uint32_t index, gf_error *error) {
    gf_run *run = t->turns.run;
    gf_try *tried = &t->tries[index], ignored[GF_BEST_TRIES];
    char name[768];
    uint32_t count = 0;
    if (t->found[index] || !gf_search_name(run, tried->variant, name, sizeof name))
        return GF_OK;
    const gf_search_request request = {.name = name};
    release_programs(t);
    run->variant = tried->variant;
    run->tuning = tried->tuning;
    t->turns.keep_programs = false;
    const gf_status status = gf_search_and_save(&t->turns, &request, ignored, &count, error);
    t->turns.keep_programs = true;
    t->found[index] = true;
    return status == GF_OK ? take_values(t, index, &run->tuning, error) : status;
}

static bool is_near(const trial *t, uint32_t index) {
    return t->fates[index] == GF_VARIANT_TIMED &&
           t->tries[index].ns / FAR <= t->tries[fastest_of(t)].ns;
}

/* ---- Whether it pays --------------------------------------------------- */

/* Of a round trip with the first one. */
static double trip_ns_of(const trial *t) {
    return (double)t->tries[0].ns * (double)gf_problem_stops(gf_run_problem(t->turns.run));
}

/* The others may take as long as the run with the first one will: its build and its samples. A
 * round trip that proves a result must fit into what a search may take. */
static bool is_worth_trying(trial *t) {
    const gf_try *first = &t->tries[0];
    const double trip_ns = trip_ns_of(t);
    if (trip_ns < (double)SHORTEST_NS || trip_ns > (double)GF_SEARCH_NS)
        return false;
    const uint64_t run_ns = gf_turns_sampling_ns(&t->turns, (uint64_t)fmin(trip_ns, 0x1p62));
    t->budget_ns = first->took_ns + run_ns < GF_SEARCH_NS ? first->took_ns + run_ns : GF_SEARCH_NS;
    return true;
}

static bool has_time(const trial *t) {
    return t->turns.took_ns - t->tries[0].took_ns < t->budget_ns;
}

/* ---- The result -------------------------------------------------------- */

/* One round trip, compared with the reference like those of the run. */
static gf_status verified_trip(gf_run *run, bool *holds, gf_error *error) {
    gf_round_trip trip = {0};
    gf_verification verification = {0};
    gf_status status = run->buffers_made == 0 ? gf_run_make_buffers(run, error) : GF_OK;
    if (status == GF_OK)
        status = gf_run_reset(run, error);
    if (status == GF_OK)
        status = gf_run_round_trip(run, &trip, error);
    if (status == GF_OK) /* a short launch ends before the flag is looked at */
        status = gf_context_check_cancel(gf_run_context(run), error);
    return status == GF_OK ? gf_run_verify_output(run, &verification, holds, error) : status;
}

static gf_status check_result(trial *t, const gf_try *tried, bool *holds, gf_error *error) {
    gf_run *run = t->turns.run;
    *holds = false;
    gf_status status = gf_turns_take_program(&t->turns, tried, error);
    if (status != GF_OK || run->program == NULL)
        return status;
    status = verified_trip(run, holds, error);
    if (tried->program == NULL)
        run->device->backend->program_release(run->program);
    run->program = NULL;
    return status;
}

/* Proves the fastest, and the next one if it is wrong: what is wrong must not count as fast. */
static gf_status prove_fastest(trial *t, uint32_t *winner, gf_error *error) {
    while (true) {
        const uint32_t fastest = fastest_of(t);
        bool holds = false;
        *winner = fastest;
        if (t->tries[fastest].ns == UINT64_MAX || t->right[fastest])
            return GF_OK;
        gf_error failure = GF_ERROR_INIT;
        const uint64_t start = gf_run_now(t->turns.run);
        const gf_status status = check_result(t, &t->tries[fastest], &holds, &failure);
        if (fastest > 0) /* the proof of the first one is not the others' */
            t->turns.took_ns += gf_run_now(t->turns.run) - start;
        t->right[fastest] = holds;
        if (status == GF_OK && holds)
            return GF_OK;
        if (status == GF_INTERRUPTED || (status != GF_OK && fastest == 0)) {
            *error = failure;
            return status;
        }
        gf_error_clear(&failure);
        t->tries[fastest].ns = UINT64_MAX;
        t->fates[fastest] = status == GF_OK ? GF_VARIANT_WRONG : GF_VARIANT_FAILED;
        if (status != GF_OK && open_again(t, error) != GF_OK)
            return error->status;
    }
}

/* ---- The decision ------------------------------------------------------ */

/* Close ones take turns: one launch may have been lucky. */
static gf_status decide_between_close(trial *t, gf_error *error) {
    gf_try close[GF_MOST_VARIANT_TRIES];
    uint32_t places[GF_MOST_VARIANT_TRIES], count = 0, ignored = 0;
    const double most_ns = CLOSE * (double)t->tries[fastest_of(t)].ns;
    for (uint32_t i = 0; i < t->count; i++) {
        if (t->fates[i] == GF_VARIANT_TIMED && (double)t->tries[i].ns <= most_ns) {
            places[count] = i;
            close[count++] = t->tries[i];
        }
    }
    if (count < 2)
        return GF_OK;
    const gf_status status =
        gf_turns_decide(&t->turns, close, count, t->budget_ns / 4, &ignored, error);
    for (uint32_t i = 0; i < count; i++) {
        t->tries[places[i]] = close[i];
        if (close[i].ns == UINT64_MAX) /* a device that was opened anew does not build it again */
            t->fates[places[i]] = GF_VARIANT_NOT_BUILT;
    }
    return status;
}

static void note_tries(const trial *t, gf_variant_choice *choice) {
    choice->try_count = t->count;
    for (uint32_t i = 0; i < t->count; i++) {
        const bool timed = t->fates[i] == GF_VARIANT_TIMED;
        choice->tries[i] =
            (gf_variant_try){t->tries[i].variant, t->fates[i], timed ? t->tries[i].ns : 0};
    }
}

/* The search for the first one's values is that of the run. */
static gf_status search_first_values(trial *t, gf_error *error) {
    const uint64_t before_ns = t->turns.took_ns;
    const gf_status status = search_values(t, 0, error);
    t->tries[0].took_ns += t->turns.took_ns - before_ns;
    return status;
}

static gf_status try_others(trial *t, size_t contestants, bool *complete, gf_error *error) {
    const gf_run *run = t->turns.run;
    const gf_problem *problem = gf_run_problem(run);
    uint32_t leader = 0;
    gf_status status = search_first_values(t, error);
    if (status == GF_OK)
        status = prove_fastest(t, &leader, error);
    for (size_t i = 1; status == GF_OK && i < contestants; i++) {
        const char *variant =
            run->device->backend->variant(run->device, problem->workload, problem, i);
        if (has_time(t)) {
            status = try_variant(t, variant, error);
            if (status == GF_OK && is_near(t, t->count - 1))
                status = search_values(t, t->count - 1, error);
            if (status == GF_OK)
                status = prove_fastest(t, &leader, error);
        } else {
            *complete = false;
            t->fates[t->count] = GF_VARIANT_NOT_TRIED;
            t->tries[t->count++] = (gf_try){.variant = variant, .ns = UINT64_MAX};
        }
    }
    return status;
}

static gf_status run_trial(trial *t, size_t contestants, const char *name,
                           gf_variant_choice *choice, gf_error *error) {
    const gf_run *run = t->turns.run;
    const gf_problem *problem = gf_run_problem(run);
    bool complete = true;
    uint32_t winner = 0;
    gf_status status = try_variant(
        t, run->device->backend->variant(run->device, problem->workload, problem, 0), error);
    if (status != GF_OK || t->tries[0].ns == UINT64_MAX)
        return status;
    if (!is_worth_trying(t)) {
        if (trip_ns_of(t) < (double)SHORTEST_NS) /* as all such problems do */
            (void)gf_tuning_save_variant(name, t->tries[0].variant);
        return GF_OK;
    }
    gf_truth_judge(run->truth, run->device);
    status = gf_verification_prepare(run->truth, error);
    if (status == GF_OK)
        status = try_others(t, contestants, &complete, error);
    if (status == GF_OK)
        status = decide_between_close(t, error);
    if (status == GF_OK)
        status = prove_fastest(t, &winner, error);
    if (status != GF_OK)
        return status;
    note_tries(t, choice);
    if (t->tries[winner].ns == UINT64_MAX)
        return GF_OK;
    choice->variant = t->tries[winner].variant;
    if (complete)
        (void)gf_tuning_save_variant(name, choice->variant);
    return GF_OK;
}

gf_status gf_try_variants(gf_run *run, size_t contestants, const char *name,
                          gf_variant_choice *choice, gf_error *error) {
    trial t = {.turns = {.run = run, .keep_programs = true}};
    const gf_cost *cost = &gf_run_problem(run)->cost;
    if (cost->operations + cost->bytes < FEWEST_OPERATIONS)
        return GF_OK;
    const size_t most = contestants < GF_MOST_VARIANT_TRIES ? contestants : GF_MOST_VARIANT_TRIES;
    const gf_status status = run_trial(&t, most, name, choice, error);
    release_programs(&t);
    return status;
}
