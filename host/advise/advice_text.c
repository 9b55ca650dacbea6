#include "advise/advice_text.h"

#include <math.h>

#include "analyse/payback.h"
#include "base/array.h"
#include "base/text.h"
#include "device/chip.h"

static const gf_candidate *candidate_at(const gf_advice *advice, size_t index) {
    return index < advice->candidates->count ? &advice->candidates->items[index] : NULL;
}

/* "2.98 ms (2.81 ms to 3.17 ms)" */
static void add_interval(gf_text *text, gf_interval ns) {
    char value[24], low[24], high[24];
    gf_format_ns(ns.value, value, sizeof value);
    gf_format_ns(ns.low, low, sizeof low);
    gf_format_ns(ns.high, high, sizeof high);
    gf_text_add(text, "%s (%s to %s)", value, low, high);
}

static gf_interval total_of(const gf_candidate *candidate) {
    return gf_prediction_best(&candidate->prediction);
}

/* The better round trip; where both schedules are predicted, followed by " pipelined, 7.3 ms
 * serial". */
static void add_total(gf_text *text, const gf_candidate *candidate) {
    const gf_prediction *prediction = &candidate->prediction;
    const bool pipelined = gf_prediction_schedule(prediction) == GF_SCHEDULE_PIPELINED;
    char other[24];
    add_interval(text, total_of(candidate));
    if (prediction->pipelined.value <= 0)
        return;
    gf_format_ns(pipelined ? prediction->phases[GF_PHASE_TOTAL].value : prediction->pipelined.value,
                 other, sizeof other);
    gf_text_add(text, " %s, %s %s", gf_schedule_name(gf_prediction_schedule(prediction)), other,
                gf_schedule_name(pipelined ? GF_SCHEDULE_SERIAL : GF_SCHEDULE_PIPELINED));
}

static bool is_other_listing(const gf_candidate *a, const gf_candidate *b) {
    return a->device != NULL && b->device != NULL &&
           gf_is_other_listing(&a->device->info, &b->device->info);
}

/* `before` and "8.10 times as fast (7.20 to 9.10) as native:scalar (2 threads)", unless the
 * baseline is the winner or its rival. */
static void add_baseline(const gf_advice *advice, const char *before, const char *after,
                         gf_text *text) {
    const gf_ranking *ranking = &advice->verdict.ranking;
    const gf_candidate *winner = candidate_at(advice, ranking->winner);
    const gf_candidate *baseline = candidate_at(advice, ranking->baseline);
    if (baseline == winner || ranking->baseline == advice->verdict.rival ||
        is_other_listing(winner, baseline))
        return;
    const gf_interval ratio = gf_predict_speedup(&winner->prediction, &baseline->prediction);
    char name[128];
    gf_baseline_format_candidate(baseline, name, sizeof name);
    gf_text_add(text, "%s%.2f times as fast (%.2f to %.2f) as %s%s", before, ratio.value, ratio.low,
                ratio.high, name, after);
}

/* "0:0:vector (this CPU through OpenCL)"; a model is explained at the end. */
static void add_name(const gf_candidate *candidate, gf_text *text) {
    char words[GF_DEVICE_WORDS];
    gf_text_add(text, "%s", candidate->label);
    if (candidate->device == NULL)
        return;
    gf_device_words(&candidate->device->info, words, sizeof words);
    gf_text_add(text, " (%s)", words);
}

/* "2.50 times as fast (2.10 to 2.98)" */
static void add_ratio(gf_text *text, const gf_interval *ratio) {
    gf_text_add(text, "%.2f times as fast (%.2f to %.2f)", ratio->value, ratio->low, ratio->high);
}

/* How surely the winner is the faster, and what is lost if it is chosen. */
static void add_odds(gf_text *text, const gf_lead *lead, const char *who) {
    gf_text_add(text,
                "%s is the faster with a probability of %.0f %%, and choosing it costs an expected "
                "%.2g %%",
                who, floor(lead->certainty * 100), lead->loss * 100);
}

/* How much faster than which device. */
static void add_lead(const gf_advice *advice, gf_text *text) {
    const gf_advice_verdict *verdict = &advice->verdict;
    const gf_candidate *second = candidate_at(advice, verdict->rival);
    if (second == NULL) {
        add_baseline(advice, ", ", "", text);
        gf_text_add(text, "%s", gf_rank_no_other(advice->comparison->session));
        return;
    }
    gf_text_add(text, ", ");
    add_ratio(text, &verdict->lead.ratio);
    gf_text_add(text, " as ");
    add_name(second, text);
    gf_text_add(text, " at ");
    add_total(text, second);
    gf_text_add(text, ".");
}

static void add_device(const gf_advice *advice, gf_text *text) {
    const gf_candidate *winner = candidate_at(advice, advice->verdict.ranking.winner);
    add_name(winner, text);
    gf_text_add(text, candidate_at(advice, advice->verdict.rival) == NULL
                          ? " should take "
                          : " should be the fastest: ");
    add_total(text, winner);
    gf_text_add(text, " a round trip");
    add_lead(advice, text);
}

static void add_split(const gf_advice *advice, gf_text *text) {
    const gf_candidate *winner = candidate_at(advice, advice->verdict.ranking.winner);
    const gf_candidate *kernel = candidate_at(advice, advice->verdict.ranking.kernel_best);
    gf_text_add(text, "split: ");
    add_name(kernel, text);
    gf_text_add(text, " has the fastest kernel, ");
    add_interval(text, kernel->prediction.phases[GF_PHASE_KERNEL]);
    gf_text_add(text, ", but with the fare ");
    add_name(winner, text);
    gf_text_add(text, " has the fastest round trip, ");
    add_total(text, winner);
    add_lead(advice, text);
}

/* How sure the lead is, and what it is over the baseline. */
static void add_basis(const gf_advice *advice, gf_text *text) {
    const gf_advice_verdict *verdict = &advice->verdict;
    const gf_candidate *winner = candidate_at(advice, verdict->ranking.winner);
    if (candidate_at(advice, verdict->rival) == NULL)
        return;
    gf_text_add(text, " Of the two, ");
    add_odds(text, &verdict->lead, winner->label);
    gf_text_add(text, ".");
    add_baseline(advice, " It is ", ".", text);
}

static void add_too_close(const gf_advice *advice, gf_text *text) {
    const gf_lead *lead = &advice->verdict.lead;
    const gf_candidate *winner = candidate_at(advice, advice->verdict.ranking.winner);
    const gf_candidate *second = candidate_at(advice, advice->verdict.rival);
    const bool near = lead->doubt == GF_DOUBT_NEAR;
    gf_text_add(text, "%s: %s at ", near ? "too close to call" : "not known", winner->label);
    add_total(text, winner);
    gf_text_add(text, " and %s at ", second->label);
    add_total(text, second);
    gf_text_add(text, ": %s is ", winner->label);
    add_ratio(text, &lead->ratio);
    gf_text_add(text, "; ");
    add_odds(text, lead, "it");
    gf_text_add(text, near ? ", so that either will do."
                           : ". The prediction is not sure enough to choose by: measure both.");
}

static void add_bound(const gf_advice *advice, gf_text *text) {
    const gf_candidate *winner = candidate_at(advice, advice->verdict.ranking.winner);
    char low[24], high[24];
    gf_format_ns(total_of(winner).low, low, sizeof low);
    gf_format_ns(total_of(winner).high, high, sizeof high);
    gf_text_add(text,
                "no verdict: the work of this problem is only bounded, because sampling it took "
                "too long. %s takes from %s to %s; run a smaller problem to learn more.",
                winner->label, low, high);
}

/* Whom there was no time to measure, and the fastest of the others. */
static void add_unmeasured(const gf_advice *advice, gf_text *text) {
    const gf_candidate *winner = candidate_at(advice, advice->verdict.ranking.winner);
    const char *labels[4];
    size_t count = 0;
    for (size_t i = 0; i < advice->candidates->count; i++) {
        const gf_candidate *item = candidate_at(advice, i);
        if (!item->unmeasured || (winner != NULL && item->device == winner->device))
            continue;
        if (count < GF_COUNT_OF(labels))
            labels[count] = item->label;
        count++;
    }
    gf_text_add(text, "not known: there was no time to measure ");
    gf_text_add_names(text, labels, count);
    if (winner == NULL) {
        gf_text_add(text, "; give more time, or ask again.");
        return;
    }
    gf_text_add(text, ", which may be the fastest. Of the others %s is, at ", winner->label);
    add_total(text, winner);
    gf_text_add(text, "; ask again, or give more time.");
}

static bool has_gpu(const gf_advice *advice, bool measured_here) {
    for (size_t i = 0; i < advice->candidates->count; i++) {
        const gf_candidate *item = candidate_at(advice, i);
        if (item->device_class == GF_CLASS_GPU && (item->device != NULL) == measured_here &&
            item->prediction.possible)
            return true;
    }
    return false;
}

bool gf_advice_has_gpu(const gf_advice *advice, char *text, size_t size) {
    const bool measured = has_gpu(advice, true);
    text[0] = '\0';
    if (!measured && has_gpu(advice, false))
        snprintf(text, size,
                 "The GPU is modelled: its times were predicted from a profile of another machine, "
                 "not measured here.");
    else if (!measured)
        snprintf(text, size,
                 "No GPU was measured: this says nothing about GPUs, nor does a CPU that OpenCL "
                 "presents as a device. It takes a machine with a GPU: ask there, or calibrate it "
                 "there and give its profiles here as a device model.");
    return measured;
}

/* A model that wins must not be mistaken for a device of this machine. */
static void add_model(const gf_advice *advice, gf_text *text) {
    const gf_candidate *winner = candidate_at(advice, advice->verdict.ranking.winner);
    if (winner->device == NULL)
        gf_text_add(text, " %s (%s) is not here: its profile comes from another machine.",
                    winner->label, winner->name);
}

static void add_answer(const gf_advice *advice, gf_text *text) {
    switch (advice->verdict.kind) {
    case GF_ADVICE_NONE:
        gf_text_add(text, "no device can be predicted");
        return;
    case GF_ADVICE_DEVICE:
        add_device(advice, text);
        return;
    case GF_ADVICE_SPLIT:
        add_split(advice, text);
        return;
    case GF_ADVICE_TOO_CLOSE:
        add_too_close(advice, text);
        return;
    case GF_ADVICE_BOUND:
        add_bound(advice, text);
        return;
    case GF_ADVICE_UNMEASURED:
        add_unmeasured(advice, text);
        return;
    }
}

static bool names_winner(const gf_advice *advice) {
    return advice->verdict.kind == GF_ADVICE_DEVICE || advice->verdict.kind == GF_ADVICE_SPLIT;
}

size_t gf_advice_format(const gf_advice *advice, char *buffer, size_t size) {
    gf_text text = gf_text_in(buffer, size);
    add_answer(advice, &text);
    if (advice->verdict.ranking.winner >= advice->candidates->count)
        return text.used;
    add_model(advice, &text);
    const size_t answer_length = text.used;
    if (names_winner(advice))
        add_basis(advice, &text);
    const gf_rank_rows rows = gf_rank_rows_of_candidates(advice->candidates, NULL);
    gf_rank_add_chips(&rows, &text);
    gf_rank_add_unused(advice->comparison->session, &text);
    return answer_length;
}

void gf_advice_format_trust(const gf_advice *advice, char *text, size_t size) {
    const gf_past_errors *past = &advice->past;
    const char *workload = advice->comparison->problem->workload->name;
    if (past->count == 0)
        snprintf(text, size,
                 "No earlier prediction of %s on these devices was checked; a review measures and "
                 "compares.",
                 workload);
    else
        snprintf(text, size,
                 "Earlier predictions of %s on these devices were off by a median of %.1f %% of "
                 "the total, %s %.1f %% (%zu device run%s).",
                 workload, past->median * 100,
                 past->count < GF_ENOUGH_ERRORS ? "at worst by" : "nine in ten by at most",
                 past->ninth_decile * 100, past->count, past->count == 1 ? "" : "s");
}

/* Only a verdict that names a device has a winner that could pay. */
static size_t payback_rival(const gf_advice *advice) {
    const gf_advice_verdict *verdict = &advice->verdict;
    if (!names_winner(advice))
        return advice->candidates->count;
    return verdict->rival < advice->candidates->count ? verdict->rival : verdict->ranking.baseline;
}

uint64_t gf_advice_ahead_after(const gf_advice *advice) {
    return gf_candidate_ahead(advice->candidates, advice->verdict.ranking.winner,
                              payback_rival(advice));
}

void gf_advice_format_payback(const gf_advice *advice, char *text, size_t size) {
    const gf_candidate *winner = candidate_at(advice, advice->verdict.ranking.winner);
    const gf_candidate *other = candidate_at(advice, payback_rival(advice));
    text[0] = '\0';
    if (gf_advice_ahead_after(advice) == 0)
        return;
    const gf_call_cost cost = gf_call_cost_of_prediction(&winner->prediction);
    const gf_call_cost rest = gf_call_cost_of_prediction(&other->prediction);
    gf_payback_format(winner->label, &cost, other->label, &rest, text, size);
}
