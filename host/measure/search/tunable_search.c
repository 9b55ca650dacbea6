#include "measure/search/tunable_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"

/* A search is given up if computing up to a stop takes less than this: it would pay only after
 * thousands of such runs. */
#define SHORTEST_NS UINT64_C(1000000)
/* On devices where a try costs a compilation there are no turns at the end: new values must be
 * faster by more than 1 part in this many, since a smaller gain is within the scatter. */
#define GAIN_PARTS 50

/* On a prompt device a search takes up to this many times as long as the samples that follow, if
 * they are long enough to pay for one; so long take the turns at the end. */
#define EXPLORE_FACTOR 1.5
#define FINAL_FACTOR   0.5
#define MOST_TRIES     256
#define MOST_VALUES    16 /* of one tunable */
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
 * it is clear which are the fastest: fewer where the time has no room for them. Twice as many take
 * a second turn before, while there is time for that beside. */
#define FINALISTS 4

static const gf_run *run_of(const gf_tunable_search *s) {
    return s->turns->run;
}

static bool is_prompt(const gf_tunable_search *s) {
    return run_of(s)->device->backend->prompt;
}

static uint64_t took_ns(const gf_tunable_search *s) {
    return s->turns->took_ns - s->started_ns;
}

static bool has_time(const gf_tunable_search *s) {
    return took_ns(s) < s->budget_ns && s->count < MOST_TRIES;
}

/* ---- Tries -------------------------------------------------------------- */

void gf_derive_tuning(const gf_run *run, const uint32_t *given, gf_tuning *tuning) {
    const gf_backend *backend = run->device->backend;
    *tuning = (gf_tuning){.count = 0};
    if (backend->tunables == NULL)
        return;
    memcpy(tuning->values, given, sizeof tuning->values);
    backend->tunables(run->device, gf_run_problem(run), run->variant, tuning);
}

static bool is_same(const gf_tuning *a, const gf_tuning *b) {
    return memcmp(a->values, b->values, sizeof a->values) == 0;
}

static bool was_tried(const gf_tunable_search *s, const gf_tuning *tuning) {
    for (uint32_t i = 0; i < s->count; i++) {
        if (is_same(&s->tries[i].tuning, tuning))
            return true;
    }
    return false;
}

/* Times these values once, unless that was done. */
static gf_status try_values(gf_tunable_search *s, const gf_tuning *tuning, gf_error *error) {
    if (was_tried(s, tuning))
        return GF_OK;
    const gf_status status = gf_array_grow(&s->tries, s->count, sizeof *s->tries, error);
    if (status != GF_OK)
        return status;
    gf_try *tried = &s->tries[s->count++];
    *tried = (gf_try){.variant = run_of(s)->variant, .tuning = *tuning, .ns = UINT64_MAX};
    return gf_turns_take(s->turns, tried, error);
}

/* Values with another one at `index`. Tunables that come later are derived anew. */
static gf_tuning with_derived(const gf_tunable_search *s, const gf_tuning *tuning, uint32_t index,
                              uint32_t value) {
    gf_tuning tried;
    uint32_t given[GF_MAX_TUNABLES] = {0};
    memcpy(given, tuning->values, index * sizeof given[0]);
    given[index] = value;
    gf_derive_tuning(run_of(s), given, &tried);
    return tried;
}

/* The same with all others as they are, as far as there is room. */
static gf_tuning with_held(const gf_tunable_search *s, const gf_tuning *tuning, uint32_t index,
                           uint32_t value) {
    gf_tuning tried = *tuning;
    tried.values[index] = value;
    if (is_prompt(s)) {
        const gf_tuning given = tried;
        gf_derive_tuning(run_of(s), given.values, &tried);
    }
    return tried;
}

static bool is_candidate(const gf_tunable *tunable, uint32_t value) {
    return value >= tunable->min && value <= tunable->max;
}

/* ---- Where a try costs a compilation: one tunable after the other ------- */

static gf_status search_in_order(gf_tunable_search *s, gf_tuning *tuning, gf_error *error) {
    uint64_t best_ns = s->tries[0].ns;
    for (uint32_t index = 0; index < tuning->count; index++) {
        const gf_tunable tunable = tuning->tunables[index];
        const uint32_t *value = tunable.candidates;
        for (; value != NULL && *value != 0 && has_time(s); value++) {
            const gf_tuning tried = with_held(s, tuning, index, *value);
            const uint32_t before = s->count;
            const gf_status status =
                is_candidate(&tunable, *value) ? try_values(s, &tried, error) : GF_OK;
            if (status != GF_OK)
                return status;
            if (s->count > before && s->tries[before].ns < best_ns - best_ns / GAIN_PARTS) {
                *tuning = tried;
                best_ns = s->tries[before].ns;
            }
        }
    }
    s->complete = true; /* a longer one is never made */
    return GF_OK;
}

/* ---- On prompt devices: from the fastest values so far ------------------ */

static uint32_t fastest_so_far(const gf_tunable_search *s) {
    uint32_t fastest = 0;
    for (uint32_t i = 1; i < s->count; i++) {
        if (s->tries[i].ns < s->tries[fastest].ns)
            fastest = i;
    }
    return fastest;
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
    line l = {.from = *from, .index = index, .hold = !is_same(&derived, from)};
    const uint32_t *value = tunable->candidates;
    for (; value != NULL && *value != 0 && l.count < MOST_VALUES; value++) {
        uint32_t place = l.count;
        if (!is_candidate(tunable, *value))
            continue;
        for (; place > 0 && l.values[place - 1] > *value; place--)
            l.values[place] = l.values[place - 1];
        l.values[place] = *value;
        l.count++;
    }
    return l;
}

/* *ns: the least time of sets of values with this one. */
static gf_status try_and_compare(gf_tunable_search *s, const gf_tuning *tuning, uint64_t *ns,
                                 gf_error *error) {
    const gf_status status = has_time(s) ? try_values(s, tuning, error) : GF_OK;
    for (uint32_t i = 0; i < s->count; i++) {
        if (is_same(&s->tries[i].tuning, tuning) && s->tries[i].ns < *ns)
            *ns = s->tries[i].ns;
    }
    return status;
}

/* Tries one value of the line, the later tunables derived anew, and held if they were found. Sets
 * *hopeless. */
static gf_status try_on_line(gf_tunable_search *s, const line *l, uint32_t at, bool *hopeless,
                             gf_error *error) {
    const gf_tuning derived = with_derived(s, &l->from, l->index, l->values[at]);
    const gf_tuning held = with_held(s, &l->from, l->index, l->values[at]);
    uint64_t ns = UINT64_MAX;
    gf_status status = try_and_compare(s, &derived, &ns, error);
    if (status == GF_OK && l->hold)
        status = try_and_compare(s, &held, &ns, error);
    *hopeless = (double)ns > HOPELESS * (double)s->tries[fastest_so_far(s)].ns;
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
    while (status == GF_OK && has_time(s)) {
        const uint32_t leader = fastest_so_far(s);
        if (s->tries[leader].turns < TURNS_OF_LEADER) {
            status = gf_turns_take(s->turns, &s->tries[leader], error);
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
    const double limit = HOPELESS * (double)s->tries[fastest_so_far(s)].ns;
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
            status = gf_turns_take(s->turns, &s->tries[i], error);
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

/* The fastest values and the defaults take turns. What was timed before counts no more: the fastest
 * of many tries is among them partly by luck. */
static gf_status take_best(gf_tunable_search *s, gf_error *error) {
    const double budget_ns = (double)s->budget_ns * FINAL_FACTOR / EXPLORE_FACTOR;
    const double defaults_ns = (double)s->tries[0].took_ns;
    const double turn_ns = (double)s->tries[fastest_so_far(s)].took_ns;
    const double room = (budget_ns / GF_FEWEST_ROUNDS - defaults_ns) / fmax(turn_ns, 1);
    const uint32_t most = room < 2 ? 1 : room < FINALISTS ? (uint32_t)room : FINALISTS;
    const double rounds_ns = GF_FEWEST_ROUNDS * (defaults_ns + most * turn_ns);
    const double end_ns = (double)(s->started_ns + s->budget_ns) + budget_ns;
    gf_status status = take_second_turns(s, 2 * most, end_ns - rounds_ns, error);
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
    if (is_prompt(s)) {
        const uint64_t sampling_ns = ns == UINT64_MAX ? 0 : gf_turns_sampling_ns(s->turns, ns);
        s->budget_ns = (uint64_t)fmin(EXPLORE_FACTOR * (double)sampling_ns, (double)GF_SEARCH_NS);
        s->fruitless = sampling_ns < GF_SHORTEST_SAMPLING_NS || took_ns(s) >= s->budget_ns;
    } else {
        s->budget_ns = GF_SEARCH_NS;
        s->fruitless = ns < SHORTEST_NS || ns == UINT64_MAX;
    }
}

/* As far as there is room. */
static gf_status try_hint(gf_tunable_search *s, gf_error *error) {
    gf_tuning tuning;
    if (s->hint == NULL || s->hint->count != s->tries[0].tuning.count || !has_time(s))
        return GF_OK;
    gf_derive_tuning(run_of(s), s->hint->values, &tuning);
    return try_values(s, &tuning, error);
}

gf_status gf_search_tunables(gf_tunable_search *s, gf_tuning *tuning, gf_error *error) {
    s->started_ns = s->turns->took_ns;
    s->turns->need_kernel = true; /* the run has these values, too */
    gf_status status = try_values(s, tuning, error);
    s->turns->need_kernel = false;
    if (status == GF_OK)
        judge_first(s);
    if (status != GF_OK || s->fruitless)
        return status;
    if (!is_prompt(s))
        return search_in_order(s, tuning, error);
    status = try_hint(s, error);
    if (status == GF_OK)
        status = explore(s, error);
    if (status == GF_OK)
        status = take_best(s, error);
    *tuning = status == GF_OK ? s->best[0].tuning : s->tries[fastest_so_far(s)].tuning;
    return status;
}

void gf_tunable_search_clear(gf_tunable_search *s) {
    free(s->tries);
    s->tries = NULL;
    s->count = 0;
}
