#include "advise/advice_verdict.h"

const char *gf_advice_kind_name(gf_advice_kind kind) {
    static const char *const names[] = {"none",      "device", "split",
                                        "too-close", "bound",  "unmeasured"};
    return names[kind];
}

const char *gf_doubt_name(gf_doubt doubt) {
    static const char *const names[] = {"none", "near", "wide"};
    return names[doubt];
}

gf_lead gf_lead_of(const gf_prediction *a, const gf_prediction *b) {
    gf_lead lead = {.ratio = gf_predict_speedup(a, b),
                    .certainty = gf_predict_faster(a, b),
                    .loss = gf_predict_loss(a, b)};
    if (lead.loss > GF_MOST_LOSS)
        lead.doubt = GF_DOUBT_WIDE;
    else if (lead.certainty < GF_LEAST_CERTAINTY || lead.ratio.value < GF_LEAST_LEAD)
        lead.doubt = GF_DOUBT_NEAR;
    return lead;
}

static const gf_prediction *prediction_at(const gf_rank_rows *rows, size_t index) {
    return rows->predictions == NULL
               ? &((const gf_candidates *)rows->source)->items[index].prediction
               : &rows->predictions[index];
}

/* The lead over the runner-up, unless only the lead over a slower device is in doubt: of those, the
 * one with the largest expected loss. */
static void find_rival(const gf_rank_rows *rows, gf_advice_verdict *verdict) {
    const size_t winner = verdict->ranking.winner;
    const gf_prediction *first = prediction_at(rows, winner);
    verdict->rival = verdict->ranking.runner_up;
    verdict->lead = gf_lead_of(first, prediction_at(rows, verdict->rival));
    if (verdict->lead.doubt != GF_DOUBT_NONE)
        return;
    const gf_rank_row best = rows->at(rows, winner);
    for (size_t i = 0; i < rows->count; i++) {
        const gf_rank_row row = rows->at(rows, i);
        if (!row.ok || !gf_rank_are_rivals(&row, &best) ||
            gf_rank_fastest_of(rows, row.device) != i)
            continue;
        const gf_lead lead = gf_lead_of(first, prediction_at(rows, i));
        if (lead.doubt != GF_DOUBT_NONE && lead.loss > verdict->lead.loss) {
            verdict->rival = i;
            verdict->lead = lead;
        }
    }
}

static bool is_split(const gf_rank_rows *rows, const gf_ranking *ranking) {
    const gf_rank_row kernel = rows->at(rows, ranking->kernel_best);
    const gf_rank_row winner = rows->at(rows, ranking->winner);
    return gf_rank_are_rivals(&kernel, &winner);
}

/* Whether a device was not measured that may be the fastest: the winner's own may in another
 * variant, which changes no verdict. */
static bool lacks_device(const gf_candidates *candidates, size_t winner) {
    for (size_t i = 0; i < candidates->count; i++) {
        const gf_candidate *item = &candidates->items[i];
        if (item->unmeasured &&
            (winner == candidates->count || item->device != candidates->items[winner].device))
            return true;
    }
    return false;
}

gf_advice_verdict gf_advice_judge(const gf_candidates *candidates,
                                  const gf_prediction *predictions) {
    const gf_rank_rows rows = gf_rank_rows_of_candidates(candidates, predictions);
    gf_advice_verdict verdict = {
        .ranking = gf_rank(&rows), .kind = GF_ADVICE_DEVICE, .rival = rows.count};
    const size_t winner = verdict.ranking.winner;
    const bool lacks = lacks_device(candidates, winner);
    if (winner == rows.count) {
        verdict.kind = lacks ? GF_ADVICE_UNMEASURED : GF_ADVICE_NONE;
        return verdict;
    }
    if (verdict.ranking.runner_up < rows.count)
        find_rival(&rows, &verdict);
    if (lacks)
        verdict.kind = GF_ADVICE_UNMEASURED;
    else if (prediction_at(&rows, winner)->bound)
        verdict.kind = GF_ADVICE_BOUND;
    else if (verdict.lead.doubt != GF_DOUBT_NONE)
        verdict.kind = GF_ADVICE_TOO_CLOSE;
    else if (verdict.rival < rows.count && is_split(&rows, &verdict.ranking))
        verdict.kind = GF_ADVICE_SPLIT;
    return verdict;
}
