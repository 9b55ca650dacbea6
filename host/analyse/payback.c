#include "analyse/payback.h"

#include <math.h>

#include "analyse/ranking.h"
#include "base/text.h"

#define MOST_CALLS 1e15 /* a double holds every whole number up to it; nobody waits so long */

gf_call_cost gf_call_cost_of_result(const gf_result *result) {
    if (result == NULL || result->outcome != GF_OUTCOME_OK || gf_result_best_ns(result) <= 0)
        return (gf_call_cost){.known = false};
    return (gf_call_cost){.known = true,
                          .build_ns = gf_result_cold_build_ns(result),
                          .alloc_ns = gf_result_median_ns(result, GF_PHASE_ALLOC),
                          .call_ns = gf_result_best_ns(result)};
}

gf_call_cost gf_call_cost_of_prediction(const gf_prediction *prediction) {
    return (gf_call_cost){.known =
                              prediction->possible && !prediction->bound && prediction->build_known,
                          .build_ns = prediction->build_ns,
                          .alloc_ns = prediction->phases[GF_PHASE_ALLOC].value,
                          .call_ns = gf_prediction_best(prediction).value};
}

uint64_t gf_calls_until_ahead(const gf_call_cost *a, const gf_call_cost *b) {
    const double more_ns = gf_call_cost_once_ns(a) - gf_call_cost_once_ns(b);
    const double saved_ns = b->call_ns - a->call_ns;
    if (!a->known || !b->known || saved_ns <= 0 || more_ns / saved_ns >= MOST_CALLS)
        return 0;
    return more_ns <= saved_ns ? 1 : (uint64_t)ceil(more_ns / saved_ns);
}

uint64_t gf_ahead_of_baseline(const gf_comparison *comparison, const gf_result *result) {
    const gf_result *baseline = gf_rank_baseline(comparison);
    if (baseline == NULL || baseline == result || gf_result_is_disturbed(result) ||
        gf_result_is_disturbed(baseline))
        return 0;
    const gf_call_cost own = gf_call_cost_of_result(result),
                       other = gf_call_cost_of_result(baseline);
    return gf_calls_until_ahead(&own, &other);
}

uint64_t gf_candidate_ahead(const gf_candidates *candidates, size_t index, size_t other) {
    if (index >= candidates->count || other >= candidates->count || index == other)
        return 0;
    const gf_call_cost a = gf_call_cost_of_prediction(&candidates->items[index].prediction);
    const gf_call_cost b = gf_call_cost_of_prediction(&candidates->items[other].prediction);
    return gf_calls_until_ahead(&a, &b);
}

void gf_payback_format(const char *a_label, const gf_call_cost *a, const char *b_label,
                       const gf_call_cost *b, char *text, size_t size) {
    const uint64_t calls = gf_calls_until_ahead(a, b);
    char once[24], more[24];
    text[0] = '\0';
    if (calls < 2)
        return;
    gf_format_ns(gf_call_cost_once_ns(a), once, sizeof once);
    gf_format_ns(gf_call_cost_once_ns(a) - gf_call_cost_once_ns(b), more, sizeof more);
    snprintf(text, size,
             "building %s and making its buffers takes %s once, %s more than %s: it is ahead after "
             "%llu calls",
             a_label, once, more, b_label, (unsigned long long)calls);
}
