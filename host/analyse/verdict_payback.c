#include "analyse/verdict_payback.h"

#include <math.h>

#include "base/text.h"

/* What is outside every round trip. */
static double once_ns(const gf_result *result) {
    const bool cold = result->build_known && result->build.cold_ns > 0;
    const double build_ns =
        cold ? (double)result->build.cold_ns : gf_result_median_ns(result, GF_PHASE_BUILD);
    return build_ns + gf_result_median_ns(result, GF_PHASE_ALLOC);
}

uint64_t gf_payback_find(const gf_result *winner, const gf_result *other, char *text, size_t size) {
    char once[24], more[24];
    text[0] = '\0';
    if (other == NULL || other == winner)
        return 0;
    const double more_ns = once_ns(winner) - once_ns(other);
    const double saved_ns = gf_result_best_ns(other) - gf_result_best_ns(winner);
    if (more_ns <= 0 || saved_ns <= 0 || more_ns / saved_ns >= 1e15)
        return 0;
    const double trips = ceil(more_ns / saved_ns);
    if (trips < 2)
        return 1;
    gf_format_ns(once_ns(winner), once, sizeof once);
    gf_format_ns(more_ns, more, sizeof more);
    snprintf(text, size,
             "building %s and making its buffers takes %s once, %s more than %s: paid back after "
             "%.0f round trips",
             winner->label, once, more, other->label, trips);
    return (uint64_t)trips;
}
