#include "advise/advice_verdict.h"

const char *gf_advice_kind_name(gf_advice_kind kind) {
    static const char *const names[] = {"none", "device", "split", "too-close", "bound"};
    return names[kind];
}

gf_advice_verdict gf_advice_judge(const gf_candidates *candidates,
                                  const gf_prediction *predictions) {
    const gf_rank_rows rows = gf_rank_rows_of_candidates(candidates, predictions);
    gf_advice_verdict verdict = {.ranking = gf_rank(&rows), .kind = GF_ADVICE_DEVICE};
    const size_t winner = verdict.ranking.winner, second = verdict.ranking.runner_up;
    if (winner == rows.count)
        verdict.kind = GF_ADVICE_NONE;
    if (winner == rows.count)
        return verdict;
    const gf_prediction *first =
        predictions == NULL ? &candidates->items[winner].prediction : &predictions[winner];
    if (first->bound)
        verdict.kind = GF_ADVICE_BOUND;
    if (second == rows.count)
        return verdict;
    const gf_prediction *other =
        predictions == NULL ? &candidates->items[second].prediction : &predictions[second];
    verdict.ratio = gf_predict_speedup(first, other);
    verdict.certainty = gf_predict_faster(first, other);
    if (first->bound)
        return verdict;
    if (verdict.certainty < GF_LEAST_CERTAINTY || verdict.ratio.value < GF_CLOSE_RATIO)
        verdict.kind = GF_ADVICE_TOO_CLOSE;
    else if (rows.at(&rows, verdict.ranking.kernel_best).device != rows.at(&rows, winner).device)
        verdict.kind = GF_ADVICE_SPLIT;
    return verdict;
}
