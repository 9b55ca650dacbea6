#include "measure/search/compiled_search.h"

#include <math.h>

/* Values that take this many times as long as the best need no turns against it: a machine does not
 * slow down so much. */
#define HOPELESS 2

/* The rounds at the end may take so many times as long as the fewest that decide. */
#define MOST_FINAL 2

typedef struct ladder {
    gf_tunable_search *search;
    uint32_t best;   /* of the tries */
    uint32_t proven; /* the best that took turns with the defaults themselves */
} ladder;

static gf_try *best_of(const ladder *l) {
    return &l->search->tries[l->best];
}

/* What the rounds that compare the best with the defaults at the end take. */
static double final_ns(const ladder *l) {
    return GF_CLEAR_ROUNDS * ((double)l->search->tries[0].took_ns + (double)best_of(l)->took_ns);
}

static double left_ns(const gf_tunable_search *s) {
    return (double)s->budget_ns - (double)gf_tries_took_ns(s);
}

static bool has_time(const ladder *l) {
    const double held_ns = l->best == l->proven ? 0 : final_ns(l);
    return gf_tries_have_time(l->search) && left_ns(l->search) > held_ns;
}

/* ---- One candidate ------------------------------------------------------- */

/* It was faster in all rounds but one at most: in that one the machine may have become slower. */
static bool may_win(const gf_try *tried, const gf_try *best) {
    uint32_t lost = 0;
    for (uint32_t i = 0; i < tried->turns; i++)
        lost += tried->turns_ns[i] < best->turns_ns[i] ? 0 : 1;
    return lost < 2;
}

static bool beats(const gf_try *tried, const gf_try *best) {
    return gf_rounds_lost(best->turns_ns, tried->turns_ns, tried->turns);
}

/* The order changes from round to round. */
static gf_status take_round(const ladder *l, uint32_t index, gf_error *error) {
    gf_tunable_search *s = l->search;
    const bool first = s->tries[index].turns % 2 == 0;
    gf_status status = gf_turns_take(s->turns, &s->tries[first ? index : l->best], error);
    if (status == GF_OK)
        status = gf_turns_take(s->turns, &s->tries[first ? l->best : index], error);
    return status;
}

/* A turn of the best after the candidate's first one. *promises: the candidate was faster than that
 * or than the best's latest before. */
static gf_status take_first_round(const ladder *l, uint32_t index, bool *promises,
                                  gf_error *error) {
    gf_try *const best = best_of(l);
    const uint64_t before_ns = best->turns_ns[best->turns - 1];
    const uint64_t ns = l->search->tries[index].ns;
    best->turns = 0;
    const gf_status status = gf_turns_take(l->search->turns, best, error);
    *promises = ns < before_ns || ns < best->ns;
    return status;
}

/* Lets the best take turns with a candidate that had its first one just now, until it is faster
 * beyond scatter or can't be. */
static gf_status challenge(ladder *l, uint32_t index, gf_error *error) {
    const gf_try *const tried = &l->search->tries[index], *const best = best_of(l);
    bool goes_on = false;
    if (tried->ns == UINT64_MAX || tried->ns / HOPELESS > best->ns || !has_time(l))
        return GF_OK;
    gf_status status = take_first_round(l, index, &goes_on, error);
    while (status == GF_OK && goes_on && has_time(l)) {
        status = take_round(l, index, error);
        goes_on = may_win(tried, best) && !beats(tried, best) && tried->turns < GF_CLEAR_ROUNDS;
    }
    if (status == GF_OK && may_win(tried, best) && beats(tried, best)) {
        l->proven = l->best == 0 ? index : l->proven;
        l->best = index;
    }
    return status;
}

/* The programs of the best and of the defaults are kept for further turns. */
static void release_others(const ladder *l) {
    for (uint32_t i = 1; i < l->search->count; i++) {
        if (i != l->best && i != l->proven)
            gf_try_release_program(l->search, i);
    }
}

static gf_status try_candidate(ladder *l, uint32_t index, uint32_t value, gf_error *error) {
    gf_tunable_search *s = l->search;
    const gf_tuning tried = gf_tuning_with(s, &best_of(l)->tuning, index, value);
    const uint32_t before = s->count;
    gf_status status = gf_try_values(s, &tried, error);
    if (status == GF_OK && s->count > before)
        status = challenge(l, before, error);
    if (status == GF_OK)
        release_others(l);
    return status;
}

/* ---- All ----------------------------------------------------------------- */

static gf_status climb(ladder *l, gf_error *error) {
    const gf_tuning defaults = l->search->tries[0].tuning;
    gf_status status = GF_OK;
    for (uint32_t index = 0; index < defaults.count; index++) {
        const gf_tunable *tunable = &defaults.tunables[index];
        const uint32_t *value = tunable->candidates;
        for (; value != NULL && *value != 0 && status == GF_OK && has_time(l); value++) {
            if (gf_is_candidate(tunable, *value))
                status = try_candidate(l, index, *value, error);
        }
    }
    return status;
}

/* The values that were found as a whole take turns with the defaults: each step may have been a
 * little wrong. Without time for that, those count that took such turns when they were tried. */
static gf_status compare_with_defaults(ladder *l, gf_error *error) {
    gf_tunable_search *s = l->search;
    gf_try both[] = {s->tries[0], *best_of(l)};
    uint32_t fastest = 0;
    if (l->best == 0)
        return GF_OK;
    if (left_ns(s) < final_ns(l)) {
        l->best = l->proven;
        return GF_OK;
    }
    const double most_ns = fmin(MOST_FINAL * final_ns(l), left_ns(s));
    const gf_status status = gf_turns_decide(s->turns, both, 2, (uint64_t)most_ns, &fastest, error);
    l->best = fastest == 0 ? 0 : l->best;
    return status;
}

gf_status gf_search_compiled(gf_tunable_search *s, gf_tuning *tuning, gf_error *error) {
    ladder l = {.search = s};
    gf_status status = climb(&l, error);
    if (status == GF_OK)
        status = compare_with_defaults(&l, error);
    if (best_of(&l)->failed)
        l.best = 0;
    s->complete = true; /* a longer one is never made */
    *tuning = best_of(&l)->tuning;
    return status;
}
