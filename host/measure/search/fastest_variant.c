#include "measure/search/fastest_variant.h"

#include <string.h>

#include "base/array.h"
#include "device/targets/extended.h"
#include "measure/search/saved_search.h"
#include "measure/search/variant_trial.h"
#include "measure/tuning.h"

/* Variants are not compared where a turn of the first takes longer than this: another may take ten
 * times as long. */
#define LONGEST_CONTESTANT_NS UINT64_C(100000000)
/* The tunables of a contestant are searched for if its defaults take at most this multiple of the
 * least time so far. */
#define CONTESTANT_FACTOR 4
#define MOST_CONTESTANTS  GF_MOST_VARIANT_TRIES
/* In the final, of their best times, between which the machine may have become slower. */
#define HOPELESS 2.0

typedef struct race {
    gf_turns turns;
    /* Contestants with their best values, and with those of the fastest. */
    gf_try tries[MOST_CONTESTANTS * (GF_BEST_TRIES + 1)];
    uint32_t count;
    uint64_t best_ns;     /* the least of their times so far */
    const gf_try *winner; /* NULL: not decided */
} race;

/* The values of the fastest so far. NULL: none yet. */
static const gf_tuning *hint_of(const race *r) {
    const gf_try *fastest = NULL;
    for (uint32_t i = 0; i < r->count; i++) {
        if (fastest == NULL || r->tries[i].ns < fastest->ns)
            fastest = &r->tries[i];
    }
    return fastest == NULL ? NULL : &fastest->tuning;
}

/* One contestant with the values that an earlier search found, or that a search finds now. */
static gf_status find_best_values(race *r, const char *variant, gf_error *error) {
    static const uint32_t none_given[GF_MAX_TUNABLES];
    gf_run *run = r->turns.run;
    char name[768];
    run->variant = variant;
    gf_derive_tuning(run, none_given, &run->tuning);
    if (!gf_search_name(run, variant, name, sizeof name))
        return GF_OK;
    const gf_load_result load =
        run->tuning.count == 0 ? GF_LOAD_VALUES : gf_tuning_load(name, &run->tuning);
    gf_try *tries = &r->tries[r->count];
    uint32_t count = 0;
    tries[0] = (gf_try){.variant = variant, .tuning = run->tuning, .ns = UINT64_MAX};
    gf_status status = gf_turns_take(&r->turns, &tries[0], error);
    const bool hopeless =
        tries[0].ns > LONGEST_CONTESTANT_NS || tries[0].ns / CONTESTANT_FACTOR > r->best_ns;
    const gf_search_request request = {name, load == GF_LOAD_DAMAGED, hint_of(r)};
    if (status == GF_OK && load != GF_LOAD_VALUES && !hopeless)
        status = gf_search_and_save(&r->turns, &request, tries, &count, error);
    r->best_ns = tries[0].ns < r->best_ns ? tries[0].ns : r->best_ns;
    r->count += count > 0 ? count : hopeless ? 0 : 1;
    return status;
}

static bool is_same_try(const gf_try *a, const gf_try *b) {
    return a->variant == b->variant &&
           memcmp(a->tuning.values, b->tuning.values, sizeof a->tuning.values) == 0;
}

static const gf_try *find_try(const race *r, const gf_try *like) {
    for (uint32_t i = 0; i < r->count; i++) {
        if (is_same_try(&r->tries[i], like))
            return &r->tries[i];
    }
    return NULL;
}

/* Whether the saved values lost to the winner, or were left out of the final as hopeless. */
static bool lost_final(const race *r, const gf_try *saved) {
    const gf_try *tried = find_try(r, saved), *winner = r->winner;
    if (tried == NULL)
        return true;
    const uint32_t rounds = tried->turns < winner->turns ? tried->turns : winner->turns;
    return gf_rounds_lost(tried->turns_ns, winner->turns_ns, rounds);
}

/* Values that came next in the search of their variant may win against its best: these are slower
 * after all. */
static void save_again(const race *r) {
    const gf_run *run = r->turns.run;
    const gf_try *winner = r->winner;
    char name[768];
    gf_try saved = *winner;
    if (gf_search_name(run, winner->variant, name, sizeof name) && winner->tuning.count > 0 &&
        gf_tuning_load(name, &saved.tuning) == GF_LOAD_VALUES && !is_same_try(&saved, winner) &&
        lost_final(r, &saved))
        (void)gf_tuning_save(name, &winner->tuning);
}

/* Before or after the best of its variant, which is at `best`. */
static void insert_try(race *r, uint32_t best, bool before, const gf_try *tried) {
    const uint32_t at = before ? best : best + 1;
    memmove(&r->tries[at + 1], &r->tries[at], (r->count - at) * sizeof r->tries[0]);
    r->tries[at] = *tried;
    r->count++;
    r->best_ns = tried->ns < r->best_ns ? tried->ns : r->best_ns;
}

/* Values of another contestant that seem to be faster than the best of this one, which was timed
 * long before, take turns with it. */
static gf_status try_shared(race *r, uint32_t best, const gf_try *tried, gf_error *error) {
    gf_try both[] = {r->tries[best], *tried};
    uint32_t fastest = 0;
    gf_status status = gf_turns_take(&r->turns, &both[1], error);
    if (status == GF_OK && both[1].ns < both[0].ns) {
        status = gf_turns_decide(&r->turns, both, GF_COUNT_OF(both), 0, &fastest, error);
        r->tries[best] = both[0];
    }
    if (status == GF_OK)
        insert_try(r, best, fastest == 1, &both[1]);
    return status;
}

/* Each contestant tries the values of the fastest: those that came before it had no such hint. */
static gf_status share_best_values(race *r, gf_error *error) {
    gf_run *run = r->turns.run;
    const gf_tuning *hint = hint_of(r);
    gf_status status = GF_OK;
    if (hint == NULL)
        return GF_OK;
    const gf_tuning best = *hint;
    const char *last = NULL; /* the contestant that had its turn */
    for (uint32_t i = 0; status == GF_OK && i < r->count; i++) {
        gf_try tried = {.variant = r->tries[i].variant, .ns = UINT64_MAX};
        if (tried.variant == last || r->tries[i].tuning.count != best.count)
            continue;
        last = run->variant = tried.variant;
        gf_derive_tuning(run, best.values, &tried.tuning);
        if (find_try(r, &tried) == NULL)
            status = try_shared(r, i, &tried, error);
    }
    return status;
}

/* What the fewest rounds of all take. */
static double rounds_ns(const race *r) {
    double sum_ns = 0;
    for (uint32_t i = 0; i < r->count; i++)
        sum_ns += (double)r->tries[i].took_ns;
    return GF_FEWEST_ROUNDS * sum_ns;
}

/* Those that take longer than HOPELESS times the fastest take no part. */
static void drop_hopeless(race *r) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < r->count; i++) {
        if ((double)r->tries[i].ns <= HOPELESS * (double)r->best_ns)
            r->tries[kept++] = r->tries[i];
    }
    r->count = kept > 0 ? kept : r->count;
}

/* The best values of each contestant stay; those that came next go, the slowest first, until the
 * time has room for the others. */
static void fit_into(race *r, double budget_ns) {
    while (rounds_ns(r) > budget_ns) {
        uint32_t slowest = 0;
        for (uint32_t i = 1; i < r->count; i++) {
            if (r->tries[i].variant == r->tries[i - 1].variant &&
                (slowest == 0 || r->tries[i].ns > r->tries[slowest].ns))
                slowest = i;
        }
        if (slowest == 0)
            return;
        r->count--;
        memmove(&r->tries[slowest], &r->tries[slowest + 1],
                (r->count - slowest) * sizeof r->tries[0]);
    }
}

/* The best of each take turns, which alone decide: an earlier time may have been lucky. */
static gf_status run_final(race *r, gf_error *error) {
    uint32_t winner = 0;
    gf_status status = share_best_values(r, error);
    if (status != GF_OK || r->count == 0)
        return status;
    const uint64_t budget_ns = gf_turns_sampling_ns(&r->turns, r->best_ns);
    drop_hopeless(r);
    fit_into(r, (double)budget_ns);
    if (r->count > 1)
        status = gf_turns_decide(&r->turns, r->tries, r->count, budget_ns, &winner, error);
    if (status == GF_OK)
        r->winner = &r->tries[winner];
    return status;
}

static bool is_worth_a_race(const race *r) {
    return r->best_ns <= LONGEST_CONTESTANT_NS &&
           gf_turns_sampling_ns(&r->turns, r->best_ns) >= GF_SHORTEST_SAMPLING_NS;
}

/* The least time of each variant, in their order. */
static void note_race(const race *r, gf_variant_choice *choice) {
    for (uint32_t i = 0; i < r->count; i++) {
        gf_variant_try *last = &choice->tries[choice->try_count - (choice->try_count > 0)];
        const gf_variant_try tried = {r->tries[i].variant, GF_VARIANT_TIMED, r->tries[i].ns};
        if (choice->try_count == 0 || last->variant != tried.variant)
            choice->tries[choice->try_count++] = tried;
        else if (tried.ns < last->ns)
            last->ns = tried.ns;
    }
}

/* choice->variant stays NULL if no search was made. What other programs disturbed is not saved. */
static gf_status hold_race(gf_run *run, size_t contestants, const char *name,
                           gf_variant_choice *choice, gf_error *error) {
    const gf_problem *problem = gf_run_problem(run);
    gf_device *device = run->device;
    const gf_contention_watch watch = gf_search_watch(run);
    race r = {.turns = {.run = run}, .best_ns = UINT64_MAX};
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < contestants && i < MOST_CONTESTANTS; i++) {
        status = find_best_values(
            &r, device->backend->variant(device, problem->workload, problem, i), error);
        if (status == GF_OK && i == 0 && !is_worth_a_race(&r))
            contestants = 0;
    }
    if (status == GF_OK && contestants > 0)
        status = run_final(&r, error);
    if (status == GF_OK && r.winner != NULL) {
        choice->variant = r.winner->variant;
        note_race(&r, choice);
        if (!gf_contention_disturbed(&watch)) {
            save_again(&r);
            (void)gf_tuning_save_variant(name, choice->variant);
        }
    }
    gf_run_release(run);
    return status;
}

static gf_status search_variants(gf_run *run, size_t contestants, const char *name,
                                 gf_variant_choice *choice, gf_error *error) {
    gf_device *device = run->device;
    gf_status status = gf_context_open_device(gf_run_context(run), device, error);
    if (status == GF_OK)
        status = device->backend->prompt ? hold_race(run, contestants, name, choice, error)
                                         : gf_try_variants(run, contestants, name, choice, error);
    gf_run_free_host(run);
    if (status != GF_OK)
        gf_device_close(device); /* its context can't be trusted after an error */
    return status;
}

static const char *contestant_of_name(const gf_run *run, size_t contestants, const char *name) {
    const gf_problem *problem = gf_run_problem(run);
    for (size_t i = 0; i < contestants; i++) {
        const char *variant =
            run->device->backend->variant(run->device, problem->workload, problem, i);
        if (variant != NULL && strcmp(variant, name) == 0)
            return variant;
    }
    return NULL;
}

gf_status gf_find_fastest_variant(gf_truth *truth, gf_device *device, gf_variant_choice *choice,
                                  gf_error *error) {
    const gf_backend *backend = device->backend;
    const gf_run_options *options = truth->context.options;
    gf_run run = {.truth = truth, .device = device};
    const size_t contestants =
        backend->contestants == NULL ? 0 : backend->contestants(device, truth->problem);
    char name[768], saved[64];
    *choice = (gf_variant_choice){.device = device};
    if (contestants < 2 || !gf_device_has_room(device, truth->problem) || !options->search ||
        !gf_search_name(&run, GF_FASTEST_VARIANT, name, sizeof name))
        return GF_OK;
    if (gf_tuning_load_variant(name, saved, sizeof saved))
        choice->variant = contestant_of_name(&run, contestants, saved);
    choice->saved_before = choice->variant != NULL;
    if (choice->saved_before || !truth->inputs_made || options->tuning != NULL)
        return GF_OK;
    return search_variants(&run, contestants, name, choice, error);
}
