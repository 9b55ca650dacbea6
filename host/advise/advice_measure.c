#include "advise/advice_measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "advise/advice_verdict.h"
#include "advise/nearest_cases.h"
#include "base/error.h"
#include "base/text.h"
#include "calibrate/calibrate.h"
#include "calibrate/profile_store.h"
#include "problem/problem.h"

/* The neighbourhood of a problem: so many cases. Further ones change its prediction little. */
#define NEAR 4
/* A rival counts from this many cases on, because a single run may be far off. */
#define LEAST_CASES 2
/* The measuring ends from this certainty on: more than a verdict needs (GF_LEAST_CERTAINTY), which
 * is asked for again after each turn, and so more likely to be passed by accident. */
#define SURE 0.9
/* A candidate that is slower with this certainty is not measured further. */
#define SURELY_SLOWER 0.99
/* Seconds for each byte of a case's buffers, until a case of the kernel was measured: its inputs,
 * reference, search and samples. */
#define SECONDS_PER_BYTE 4e-9
/* Seconds for the transfers of a device. */
#define TRANSFERS_S 0.3
/* A turn takes no less than this multiple of what was expected, however short others were. */
#define LEAST_FACTOR 0.1
/* A build that is told of. */
#define LONG_BUILD_NS 1e9

/* What there is to measure of a candidate. */
typedef struct plan {
    gf_near_cases cases; /* owned */
    size_t turns;        /* measured now */
    double factor;       /* the longest turn so far, as a multiple of what was expected */
    bool failed;
} plan;

typedef struct measuring {
    const gf_context *context;
    const gf_problem *problem;
    gf_estimate *estimate;
    gf_candidates *candidates;
    plan *plans; /* one for each candidate */
    uint64_t end_ns;
    double share_s; /* a turn that takes longer waits for shorter ones of its neighbourhood */
    bool spent;
    double longest_build_ns;
    gf_advice_measured *measured;
    gf_kept_comparisons kept; /* for the other candidates */
} measuring;

static size_t near_count(const plan *p) {
    return p->cases.count < NEAR ? p->cases.count : NEAR;
}

/* ---- What is due ------------------------------------------------------- */

/* Cases of the neighbourhood, or others, that predictions can start from. */
static size_t known_cases(const plan *p) {
    size_t known = 0;
    for (size_t i = 0; i < p->cases.count; i++)
        known += p->cases.items[i].turns > 0;
    return known;
}

static double turn_s_of(const gf_candidate *item, const gf_near_case *c) {
    return gf_cases_seconds(item->device, 1) / 2 + SECONDS_PER_BYTE * c->bytes;
}

/* Whether `a` is due before `b`, which is nearer. */
static bool is_due_before(const measuring *m, const gf_candidate *item, const gf_near_case *a,
                          const gf_near_case *b) {
    const bool long_a = turn_s_of(item, a) > m->share_s, long_b = turn_s_of(item, b) > m->share_s;
    return long_a != long_b ? long_b : a->turns < b->turns;
}

/* Each case in a first turn before any in its second, the nearest first; but what would leave no
 * time for the other candidates comes last. NULL: none is due. */
static gf_near_case *next_case(const measuring *m, size_t index) {
    const gf_candidate *item = &m->candidates->items[index];
    const plan *p = &m->plans[index];
    gf_near_case *next = NULL;
    for (size_t i = 0; i < near_count(p); i++) {
        gf_near_case *c = &p->cases.items[i];
        if (c->turns != GF_ALL_TURNS && (next == NULL || is_due_before(m, item, c, next)))
            next = c;
    }
    return next;
}

static double expected_s(const gf_candidate *item, const plan *p, const gf_near_case *c) {
    if (item->profile->measured_at[0] == '\0')
        return TRANSFERS_S + turn_s_of(item, c);
    return turn_s_of(item, c) * (p->turns > 0 ? fmax(p->factor, LEAST_FACTOR) : 1);
}

static double left_s(const measuring *m) {
    const uint64_t now = gf_context_now(m->context);
    return now < m->end_ns ? (double)(m->end_ns - now) * 1e-9 : 0;
}

/* Whether the verdict needs more about a candidate that has cases. In each call one turn is
 * measured at least, if one is due, so that verdicts become surer from one to the next. */
static bool is_wanted(const measuring *m, size_t index, const gf_advice_verdict *verdict) {
    const gf_candidate *items = m->candidates->items;
    const size_t winner = verdict->ranking.winner;
    if (winner == m->candidates->count)
        return true;
    if (!items[index]
             .prediction.possible) /* more cases may correct transfers; nothing gives room */
        return known_cases(&m->plans[index]) < NEAR;
    const bool named = verdict->kind == GF_ADVICE_DEVICE || verdict->kind == GF_ADVICE_SPLIT;
    const bool sure =
        named && (verdict->rival == m->candidates->count || verdict->lead.certainty >= SURE);
    if (index != winner) {
        const gf_lead lead = gf_lead_of(&items[winner].prediction, &items[index].prediction);
        if (lead.certainty >= SURELY_SLOWER)
            return false;
        if (items[index].device == items[winner].device && sure)
            return false;
    }
    return !sure || known_cases(&m->plans[index]) < LEAST_CASES || m->plans[index].turns == 0;
}

/* Devices that build kernels come first, while there is time for it. */
static bool comes_before(const measuring *m, size_t a, size_t b) {
    const plan *x = &m->plans[a], *y = &m->plans[b];
    const bool x_new = known_cases(x) == 0, y_new = known_cases(y) == 0;
    if (x_new != y_new)
        return x_new;
    if (x->turns != y->turns)
        return x->turns < y->turns;
    return m->candidates->items[a].device_class != GF_CLASS_NATIVE &&
           m->candidates->items[b].device_class == GF_CLASS_NATIVE;
}

/* The candidate to measure next; their number: none. */
static size_t choose(measuring *m, const gf_advice_verdict *verdict) {
    const size_t count = m->candidates->count;
    size_t chosen = count;
    for (size_t i = 0; i < count; i++) {
        const gf_candidate *item = &m->candidates->items[i];
        const plan *p = &m->plans[i];
        const gf_near_case *next = p->failed || item->device == NULL ? NULL : next_case(m, i);
        if (next == NULL || (known_cases(p) > 0 && !is_wanted(m, i, verdict)))
            continue;
        if (expected_s(item, p, next) > left_s(m)) {
            m->spent = true;
            continue;
        }
        if (chosen == count || comes_before(m, i, chosen))
            chosen = i;
    }
    return chosen;
}

/* ---- Measuring --------------------------------------------------------- */

static void note_build(measuring *m, const gf_candidate *item, const gf_case *c) {
    char time[24];
    if (c == NULL || c->build_ns < LONG_BUILD_NS || c->build_ns <= m->longest_build_ns)
        return;
    m->longest_build_ns = c->build_ns;
    gf_format_ns(c->build_ns, time, sizeof time);
    snprintf(m->measured->build, sizeof m->measured->build, "%s, %s", item->label, time);
}

/* New threads are of a device, whatever kernel runs in them. */
static bool has_run(const measuring *m, const gf_device *device) {
    for (size_t i = 0; i < m->candidates->count; i++) {
        if (m->candidates->items[i].device == device && m->plans[i].turns > 0)
            return true;
    }
    return false;
}

static gf_status measure_next(measuring *m, size_t index, gf_error *error) {
    const gf_candidate *item = &m->candidates->items[index];
    const gf_params *params = m->problem->params;
    plan *p = &m->plans[index];
    gf_near_case *c = next_case(m, index);
    const gf_case_turn turn = {item->variant, c->text, !has_run(m, item->device), &m->kept};
    const double expected = turn_s_of(item, c);
    gf_status status = gf_calibrate_transfers_first(m->context, item->device, item->profile, error);
    const uint64_t start = gf_context_now(m->context);
    if (status == GF_OK)
        status =
            gf_profile_measure_turn(m->context, item->device, &turn, params, item->profile, error);
    if (status != GF_OK)
        return status;
    const gf_case *found = gf_profile_find_case(item->profile, item->variant, params, c->text);
    /* A second turn that the device refuses leaves the first: there is no third. */
    c->turns = found == NULL || found->turns != 1 || c->turns == 1 ? GF_ALL_TURNS : 1;
    if (p->turns++ == 0)
        note_build(m, item, found);
    const double built_s = found == NULL || p->turns > 1 ? 0 : found->build_ns * 1e-9;
    const double took = (double)(gf_context_now(m->context) - start) * 1e-9 - built_s;
    p->factor = fmax(p->factor, took / expected);
    m->measured->turns++;
    return GF_OK;
}

/* A device that fails costs the others nothing. */
static gf_status measure_or_drop(measuring *m, size_t index, gf_error *error) {
    gf_candidate *item = &m->candidates->items[index];
    const gf_status status = measure_next(m, index, error);
    const bool empty = item->profile->measured_at[0] == '\0';
    const bool saved = empty || gf_profile_save(item->profile);
    if (status == GF_INTERRUPTED)
        return status;
    if (status != GF_OK) {
        m->plans[index].failed = true;
        snprintf(item->failure, sizeof item->failure, "%.*s", (int)sizeof item->failure - 1,
                 error->text);
        gf_error_clear(error);
    }
    if (saved)
        return GF_OK;
    return gf_notes_add(&m->candidates->notes, error,
                        "the profile of %s could not be saved; the next prediction measures again",
                        item->device->info.id);
}

static gf_advice_verdict judge(measuring *m) {
    gf_candidates_predict(m->candidates, m->problem, m->estimate);
    return gf_advice_judge(m->candidates, NULL);
}

static gf_status measure_all(measuring *m, gf_error *error) {
    gf_status status = GF_OK;
    while (status == GF_OK) {
        m->spent = false;
        const gf_advice_verdict verdict = judge(m);
        const size_t index = choose(m, &verdict);
        if (index == m->candidates->count)
            break;
        status = measure_or_drop(m, index, error);
    }
    return status;
}

static void mark_unmeasured(measuring *m) {
    for (size_t i = 0; i < m->candidates->count; i++) {
        gf_candidate *item = &m->candidates->items[i];
        const plan *p = &m->plans[i];
        if (item->device == NULL || item->failure[0] != '\0' || known_cases(p) > 0 ||
            next_case(m, i) == NULL)
            continue;
        item->unmeasured = true;
        snprintf(item->failure, sizeof item->failure,
                 "not measured yet: the time for it was spent");
    }
}

static gf_status make_plans(measuring *m, gf_error *error) {
    gf_status status = GF_OK;
    m->plans = calloc(m->candidates->count + 1, sizeof *m->plans);
    if (m->plans == NULL)
        return gf_error_no_memory(error, "plans", m->candidates->count * sizeof *m->plans);
    for (size_t i = 0; status == GF_OK && i < m->candidates->count; i++) {
        const gf_candidate *item = &m->candidates->items[i];
        if (item->device != NULL && item->profile != NULL)
            status = gf_near_cases_find(item, m->problem, &m->plans[i].cases, error);
    }
    return status;
}

static void free_plans(measuring *m) {
    for (size_t i = 0; m->plans != NULL && i < m->candidates->count; i++)
        free(m->plans[i].cases.items);
    free(m->plans);
}

gf_status gf_advice_measure(const gf_context *context, const gf_problem *problem,
                            gf_estimate *estimate, double seconds, gf_candidates *candidates,
                            gf_advice_measured *measured, gf_error *error) {
    const uint64_t start = gf_context_now(context);
    const double most_s = fmin(fmax(seconds, 0), 1e9);
    measuring m = {.context = context,
                   .problem = problem,
                   .estimate = estimate,
                   .candidates = candidates,
                   .end_ns = start + (uint64_t)(most_s * 1e9),
                   .share_s = most_s / (2 * (double)candidates->count),
                   .measured = measured};
    *measured = (gf_advice_measured){.limited = true, .budget_s = most_s};
    gf_status status = make_plans(&m, error);
    if (status == GF_OK)
        status = measure_all(&m, error);
    if (status == GF_OK)
        mark_unmeasured(&m);
    measured->spent = m.spent;
    measured->took_s = (double)(gf_context_now(context) - start) * 1e-9;
    free_plans(&m);
    gf_kept_comparisons_clear(&m.kept);
    return status;
}

/* ---- What is known ----------------------------------------------------- */

static bool is_first_of_device(const gf_candidates *candidates, size_t index) {
    for (size_t i = 0; i < index; i++) {
        if (candidates->items[i].profile == candidates->items[index].profile)
            return false;
    }
    return true;
}

/* Those of round trips are measured before any case. */
static void add_missing_parts(const gf_candidate *item, gf_text *text) {
    gf_profile_parts rest = item->profile->missing;
    const bool transfers = rest.transfers;
    char parts[96];
    rest.transfers = false;
    gf_profile_list_parts(&rest, parts, sizeof parts);
    const char *separator = text->used == 0 ? "" : "; ";
    if (item->profile->measured_at[0] == '\0')
        gf_text_add(text, "%sall of %s", separator, item->profile->device_id);
    else if (gf_profile_is_partial(item->profile))
        gf_text_add(text, "%s%s%s%s of %s", separator, parts,
                    transfers && parts[0] != '\0' ? ", " : "", transfers ? "other transfers" : "",
                    item->profile->device_id);
}

gf_status gf_advice_count_known(const gf_problem *problem, const gf_candidates *candidates,
                                gf_advice_measured *measured, gf_error *error) {
    gf_text text = gf_text_in(measured->missing, sizeof measured->missing);
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < candidates->count; i++) {
        const gf_candidate *item = &candidates->items[i];
        gf_near_cases cases = {NULL, 0};
        if (item->device == NULL || item->profile == NULL)
            continue;
        status = gf_near_cases_find(item, problem, &cases, error);
        for (size_t k = 0; k < cases.count; k++) {
            measured->whole += cases.items[k].turns == GF_ALL_TURNS;
            measured->begun += cases.items[k].turns == 1;
        }
        measured->cases += cases.count;
        free(cases.items);
        if (is_first_of_device(candidates, i))
            add_missing_parts(item, &text);
    }
    return status;
}

static bool is_whole(const gf_advice_measured *measured) {
    return measured->whole == measured->cases && measured->missing[0] == '\0';
}

void gf_advice_format_measured(const gf_advice_measured *measured, char *buffer, size_t size) {
    gf_text text = gf_text_in(buffer, size);
    if (is_whole(measured))
        return;
    gf_text_add(&text, "partial: %zu of %zu cases measured", measured->whole + measured->begun,
                measured->cases);
    if (measured->begun > 0)
        gf_text_add(&text, ", %zu of them in one turn of two", measured->begun);
    if (measured->missing[0] != '\0')
        gf_text_add(&text, "; not measured: %s", measured->missing);
    if (measured->turns > 0)
        gf_text_add(&text, ". %zu turn%s now took %.1f s%s", measured->turns,
                    measured->turns == 1 ? "" : "s", measured->took_s,
                    measured->spent ? ", which ended the time for it" : "");
    else if (measured->spent)
        gf_text_add(&text, ". There was no time to measure");
    if (measured->build[0] != '\0')
        gf_text_add(&text, "; of that, building %s", measured->build);
    gf_text_add(&text, ". Asking again measures on; `gpufare calibrate` measures all");
}
