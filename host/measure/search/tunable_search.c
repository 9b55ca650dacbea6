#include "measure/search/tunable_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure/search/compiled_search.h"

/* A search is given up if computing up to a stop takes less than this: it would pay only after
 * thousands of such runs. */
#define SHORTEST_NS UINT64_C(1000000)

/* On a prompt device a search takes up to this many times as long as the samples that follow, if
 * they are long enough to pay for one; so long take the turns at the end. */
#define EXPLORE_FACTOR  1.25
#define FINAL_FACTOR    0.75
#define MOST_EXPLORE_NS 4e9
#define MOST_VALUES     16 /* of one tunable */
/* The fastest so far is timed so often before the search goes on from it: one lucky turn must not
 * lead it. */
#define TURNS_OF_LEADER 2
/* From values that are at most this much slower than the fastest the search goes on, too; and so
 * much if no others with this value of the first tunable, such as the threads, are as fast. */
#define NEAR      1.1
#define PROMISING 1.5
/* Values that are slower by this factor are not worth a second look, nor are those beyond them. */
#define HOPELESS 1.3
/* At the end so many of the fastest, not hopeless, and the defaults take turns until
 * it is clear which are the fastest: fewer where the time has no room for as many rounds as decide.
 * Twice as many take a second turn before, while there is time for that beside. */
#define FINALISTS 3

/* ---- On prompt devices: from the fastest values so far ------------------ */

static uint32_t fastest_so_far(const gf_tunable_search *s) {
    uint32_t fastest = 0;
    for (uint32_t i = 1; i < s->count; i++) {
        if (s->tries[i].ns < s->tries[fastest].ns)
            fastest = i;
    }
    return fastest;
}

/* The fastest of those whose time is no single lucky one. The defaults take turns all the time. */
static uint32_t leader_of(const gf_tunable_search *s) {
    uint32_t leader = 0;
    for (uint32_t i = 1; i < s->count; i++) {
        if (s->tries[i].turns >= TURNS_OF_LEADER && s->tries[i].ns < s->tries[leader].ns)
            leader = i;
    }
    return leader;
}

static double hopeless_ns(const gf_tunable_search *s) {
    return HOPELESS * (double)s->tries[leader_of(s)].ns;
}

static bool is_searched(const gf_try *tried) {
    return tried->searched == (1u << tried->tuning.count) - 1;
}

/* None with this value of the first tunable is faster. */
static bool leads_its_kind(const gf_tunable_search *s, const gf_try *tried) {
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->tries[i].tuning.values[0] == tried->tuning.values[0] && s->tries[i].ns < tried->ns)
            return false;
    }
    return true;
}

/* The fastest from which not every tunable was searched; s->count: none promises anything. */
static uint32_t next_to_search(const gf_tunable_search *s, uint32_t leader) {
    uint32_t next = s->count;
    for (uint32_t i = 0; i < s->count; i++) {
        const gf_try *tried = &s->tries[i];
        const double most = leads_its_kind(s, tried) ? PROMISING : NEAR;
        if (!is_searched(tried) && (double)tried->ns <= most * (double)s->tries[leader].ns &&
            (next == s->count || tried->ns < s->tries[next].ns))
            next = i;
    }
    return next;
}

/* The first tunable, on which the derived values of all others depend, comes last. */
static uint32_t next_tunable(const gf_try *tried) {
    for (uint32_t i = 1; i < tried->tuning.count; i++) {
        if ((tried->searched & (1u << i)) == 0)
            return i;
    }
    return 0;
}

/* Values with another one at `index`. Tunables that come later are derived anew. */
static gf_tuning with_derived(const gf_tunable_search *s, const gf_tuning *tuning, uint32_t index,
                              uint32_t value) {
    gf_tuning tried;
    uint32_t given[GF_MAX_TUNABLES] = {0};
    memcpy(given, tuning->values, index * sizeof given[0]);
    given[index] = value;
    gf_derive_tuning(gf_tries_run(s), given, &tried);
    return tried;
}

/* The values of one tunable that are tried from a set of values. */
typedef struct line {
    gf_tuning from;
    uint32_t index;               /* of the tunable */
    uint32_t values[MOST_VALUES]; /* upwards */
    uint32_t count;
    bool hold; /* later tunables of `from` are not derived ones: they were found to be better */
} line;

static line make_line(const gf_tunable_search *s, const gf_tuning *from, uint32_t index) {
    const gf_tunable *tunable = &from->tunables[index];
    const gf_tuning derived = with_derived(s, from, index, from->values[index]);
    line l = {.from = *from, .index = index, .hold = !gf_is_same_tuning(&derived, from)};
    const uint32_t *value = tunable->candidates;
    for (; value != NULL && *value != 0 && l.count < MOST_VALUES; value++) {
        uint32_t place = l.count;
        if (!gf_is_candidate(tunable, *value))
            continue;
        for (; place > 0 && l.values[place - 1] > *value; place--)
            l.values[place] = l.values[place - 1];
        l.values[place] = *value;
        l.count++;
    }
    return l;
}

/* What seems hopeless may be so only because the machine is slower now. */
static gf_status try_fairly(gf_tunable_search *s, const gf_tuning *tuning, gf_error *error) {
    const uint32_t before = s->count;
    gf_status status = gf_try_values(s, tuning, error);
    if (status == GF_OK && s->count > before && s->since_pace > 1 &&
        (double)s->tries[before].ns > hopeless_ns(s))
        status = gf_tries_take_pace(s, error);
    return status;
}

/* *ns: the least time of sets of values with this one. */
static gf_status try_and_compare(gf_tunable_search *s, const gf_tuning *tuning, uint64_t *ns,
                                 gf_error *error) {
    const gf_status status = gf_tries_have_time(s) ? try_fairly(s, tuning, error) : GF_OK;
    for (uint32_t i = 0; i < s->count; i++) {
        if (gf_is_same_tuning(&s->tries[i].tuning, tuning) && s->tries[i].ns < *ns)
            *ns = s->tries[i].ns;
    }
    return status;
}

/* Tries one value of the line, the later tunables derived anew, and held if they were found. Sets
 * *hopeless. */
static gf_status try_on_line(gf_tunable_search *s, const line *l, uint32_t at, bool *hopeless,
                             gf_error *error) {
    const gf_tuning derived = with_derived(s, &l->from, l->index, l->values[at]);
    const gf_tuning held = gf_tuning_with(s, &l->from, l->index, l->values[at]);
    uint64_t ns = UINT64_MAX;
    gf_status status = try_and_compare(s, &derived, &ns, error);
    if (status == GF_OK && l->hold)
        status = try_and_compare(s, &held, &ns, error);
    *hopeless = (double)ns > hopeless_ns(s);
    return status;
}

/* Tries values of one tunable from the present one up and down, until one is hopeless, and the
 * least and the largest: a kernel may work in another way there. */
static gf_status search_from(gf_tunable_search *s, uint32_t from, gf_error *error) {
    const uint32_t index = next_tunable(&s->tries[from]);
    const line l = make_line(s, &s->tries[from].tuning, index);
    gf_status status = GF_OK;
    bool hopeless = false;
    uint32_t above = 0;
    s->tries[from].searched |= 1u << index;
    while (above < l.count && l.values[above] < l.from.values[index])
        above++;
    for (uint32_t i = above; status == GF_OK && i < l.count && !hopeless; i++)
        status = try_on_line(s, &l, i, &hopeless, error);
    hopeless = false;
    for (uint32_t i = above; status == GF_OK && i-- > 0 && !hopeless;)
        status = try_on_line(s, &l, i, &hopeless, error);
    if (status == GF_OK && l.count > 0)
        status = try_on_line(s, &l, 0, &hopeless, error);
    if (status == GF_OK && l.count > 0)
        status = try_on_line(s, &l, l.count - 1, &hopeless, error);
    return status;
}

static gf_status explore(gf_tunable_search *s, gf_error *error) {
    gf_status status = GF_OK;
    while (status == GF_OK && gf_tries_have_time(s)) {
        const uint32_t leader = leader_of(s), fastest = fastest_so_far(s);
        if (leader != fastest) {
            status = gf_try_again(s, fastest, error);
            continue;
        }
        const uint32_t next = next_to_search(s, leader);
        s->complete = next == s->count;
        if (s->complete)
            break;
        status = search_from(s, next, error);
    }
    return status;
}

/* Marks the `most` fastest of those that are not hopeless. */
static void pick_fastest(gf_tunable_search *s, uint32_t most) {
    const double limit = hopeless_ns(s);
    for (uint32_t i = 0; i < s->count; i++)
        s->tries[i].picked = false;
    for (uint32_t picked = 0; picked < most; picked++) {
        uint32_t next = s->count;
        for (uint32_t i = 0; i < s->count; i++) {
            if (!s->tries[i].picked && (double)s->tries[i].ns <= limit &&
                (next == s->count || s->tries[i].ns < s->tries[next].ns))
                next = i;
        }
        if (next == s->count)
            break;
        s->tries[next].picked = true;
    }
}

static gf_status take_second_turns(gf_tunable_search *s, uint32_t most, double end_ns,
                                   gf_error *error) {
    gf_status status = GF_OK;
    pick_fastest(s, most);
    for (uint32_t i = 0; status == GF_OK && i < s->count && (double)s->turns->took_ns < end_ns;
         i++) {
        if (s->tries[i].picked && s->tries[i].turns < TURNS_OF_LEADER)
            status = gf_try_again(s, i, error);
    }
    return status;
}

static int compare_tries(const void *a, const void *b) {
    const uint64_t a_ns = ((const gf_try *)a)->ns, b_ns = ((const gf_try *)b)->ns;
    return a_ns < b_ns ? -1 : a_ns > b_ns ? 1 : 0;
}

/* The `most` fastest, and the defaults. Returns how many there are. */
static uint32_t take_finalists(gf_tunable_search *s, uint32_t most,
                               gf_try finalists[FINALISTS + 1]) {
    uint32_t count = 0;
    pick_fastest(s, most);
    s->tries[0].picked = true;
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->tries[i].picked)
            finalists[count++] = s->tries[i];
    }
    return count;
}

/* In the order of take_finalists. */
static void forget_failed(gf_tunable_search *s, const gf_try *finalists) {
    for (uint32_t i = 0, next = 0; i < s->count; i++) {
        if (s->tries[i].picked && finalists[next++].failed)
            s->tries[i].ns = UINT64_MAX;
    }
}

/* Sorts the finalists but for the fastest. */
static void keep_best(gf_tunable_search *s, gf_try *finalists, uint32_t count, uint32_t fastest) {
    s->best[0] = finalists[fastest];
    finalists[fastest] = finalists[--count];
    qsort(finalists, count, sizeof finalists[0], compare_tries);
    for (s->best_count = 1; s->best_count < GF_BEST_TRIES && s->best_count <= count;
         s->best_count++)
        s->best[s->best_count] = finalists[s->best_count - 1];
}

/* How many of the fastest can take part, so that there is time for GF_CLEAR_ROUNDS rounds. */
static uint32_t finalists_in(const gf_tunable_search *s, double budget_ns) {
    const double defaults_ns = (double)s->tries[0].took_ns;
    const double turn_ns = fmax((double)s->tries[leader_of(s)].took_ns, 1);
    const double room = (budget_ns / GF_CLEAR_ROUNDS - defaults_ns) / turn_ns;
    return room < 2 ? 1 : room < FINALISTS ? (uint32_t)room : FINALISTS;
}

static double rounds_ns(const gf_tunable_search *s, uint32_t most) {
    const double turn_ns = (double)s->tries[leader_of(s)].took_ns;
    return GF_CLEAR_ROUNDS * ((double)s->tries[0].took_ns + most * turn_ns);
}

/* The fastest values and the defaults take turns. What was timed before counts no more: the fastest
 * of many tries is among them partly by luck. */
static gf_status take_best(gf_tunable_search *s, gf_error *error) {
    const double budget_ns = (double)s->budget_ns * FINAL_FACTOR / EXPLORE_FACTOR;
    const double end_ns = (double)(s->started_ns + s->budget_ns) + budget_ns;
    const uint32_t most = finalists_in(s, budget_ns);
    gf_status status = take_second_turns(s, 2 * most, end_ns - rounds_ns(s, most), error);
    s->turns->slowdown = 0;
    if (status != GF_OK)
        return status;
    gf_try finalists[FINALISTS + 1];
    uint32_t fastest = 0;
    const uint32_t count = take_finalists(s, most, finalists);
    const double left_ns = fmax(end_ns - (double)s->turns->took_ns, 0);
    if (count > 1)
        status = gf_turns_decide(s->turns, finalists, count, (uint64_t)fmin(budget_ns, left_ns),
                                 &fastest, error);
    if (status == GF_OK)
        keep_best(s, finalists, count, fastest);
    else
        forget_failed(s, finalists);
    return status;
}

/* ---- The search --------------------------------------------------------- */

/* Sets the budget, or says that a search is fruitless, from the time of the first try. */
static void judge_first(gf_tunable_search *s) {
    const uint64_t ns = s->tries[0].ns;
    if (gf_tries_are_prompt(s)) {
        const uint64_t sampling_ns = ns == UINT64_MAX ? 0 : gf_turns_sampling_ns(s->turns, ns);
        s->budget_ns = (uint64_t)fmin(EXPLORE_FACTOR * (double)sampling_ns, MOST_EXPLORE_NS);
        s->fruitless = sampling_ns < GF_SHORTEST_SAMPLING_NS || gf_tries_took_ns(s) >= s->budget_ns;
    } else {
        s->budget_ns = GF_SEARCH_NS;
        s->fruitless = ns < SHORTEST_NS || ns == UINT64_MAX;
    }
}

/* As far as there is room. */
static gf_status try_hint(gf_tunable_search *s, gf_error *error) {
    gf_tuning tuning;
    if (s->hint == NULL || s->hint->count != s->tries[0].tuning.count || !gf_tries_have_time(s))
        return GF_OK;
    gf_derive_tuning(gf_tries_run(s), s->hint->values, &tuning);
    return gf_try_values(s, &tuning, error);
}

static gf_status search_promptly(gf_tunable_search *s, gf_tuning *tuning, gf_error *error) {
    gf_status status = try_hint(s, error);
    if (status == GF_OK)
        status = explore(s, error);
    if (status == GF_OK)
        status = take_best(s, error);
    s->turns->slowdown = 0;
    *tuning = status == GF_OK ? s->best[0].tuning : s->tries[fastest_so_far(s)].tuning;
    return status;
}

/* Where a program costs a compilation, it is kept for further turns. */
gf_status gf_search_tunables(gf_tunable_search *s, gf_tuning *tuning, gf_error *error) {
    gf_turns *const turns = s->turns;
    const bool kept_before = turns->keep_programs;
    s->started_ns = turns->took_ns;
    turns->keep_programs = turns->brief = !gf_tries_are_prompt(s);
    turns->need_kernel = true; /* the run has these values, too */
    gf_status status = gf_try_values(s, tuning, error);
    turns->need_kernel = false;
    if (status == GF_OK)
        judge_first(s);
    if (status == GF_OK && !s->fruitless)
        status = gf_tries_are_prompt(s) ? search_promptly(s, tuning, error)
                                        : gf_search_compiled(s, tuning, error);
    turns->keep_programs = kept_before;
    turns->brief = false;
    return status;
}

void gf_tunable_search_clear(gf_tunable_search *s) {
    for (uint32_t i = 0; i < s->count; i++)
        gf_try_release_program(s, i);
    free(s->tries);
    s->tries = NULL;
    s->count = 0;
}
