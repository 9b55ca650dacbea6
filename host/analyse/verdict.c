#include "analyse/verdict.h"

#include <string.h>

#include "base/text.h"

#define MIN_VERDICT_SAMPLES 3

static double median_of(const gf_result *result, gf_phase phase) {
    return (double)gf_result_phase(result, phase).median_ns;
}

/* The faster of a verified result and the fastest so far; `fastest` may be NULL. */
static const gf_result *faster(const gf_result *fastest, const gf_result *result) {
    if (fastest == NULL || median_of(result, GF_PHASE_TOTAL) < median_of(fastest, GF_PHASE_TOTAL))
        return result;
    return fastest;
}

static const gf_result *fastest_of_others(const gf_comparison *comparison,
                                          const gf_device *except) {
    const gf_result *fastest = NULL;
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        if (result->outcome == GF_OUTCOME_OK && result->device != except)
            fastest = faster(fastest, result);
    }
    return fastest;
}

/* NULL: no GPU took part, so there is no evidence about GPUs. */
static const gf_result *fastest_gpu(const gf_comparison *comparison) {
    const gf_result *fastest = NULL;
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        if (result->outcome == GF_OUTCOME_OK && result->device->info.device_class == GF_CLASS_GPU)
            fastest = faster(fastest, result);
    }
    return fastest;
}

/* Fewer samples have no quartiles to speak of. */
static bool too_few_samples(const gf_result *result) {
    return gf_result_phase(result, GF_PHASE_TOTAL).count < MIN_VERDICT_SAMPLES;
}

static bool quartiles_overlap(const gf_result *fast, const gf_result *slow) {
    return gf_result_phase(fast, GF_PHASE_TOTAL).q3_ns >=
           gf_result_phase(slow, GF_PHASE_TOTAL).q1_ns;
}

static void describe_baseline(const gf_comparison *comparison, const gf_verdict *verdict,
                              char *text, size_t room) {
    const gf_result *baseline = gf_comparison_baseline(comparison);
    text[0] = '\0';
    if (baseline == NULL || baseline == verdict->winner || baseline == verdict->runner_up)
        return;
    snprintf(text, room, ", %.2f times as fast as %s",
             median_of(baseline, GF_PHASE_TOTAL) / median_of(verdict->winner, GF_PHASE_TOTAL),
             baseline->label);
}

static void describe_winner(const gf_comparison *comparison, gf_verdict *verdict) {
    char time[24], second[24], baseline[96];
    gf_format_ns(median_of(verdict->winner, GF_PHASE_TOTAL), time, sizeof time);
    describe_baseline(comparison, verdict, baseline, sizeof baseline);
    const char *evidence =
        verdict->gpu_evidence ? "" : " No GPU took part: this is no evidence about GPUs.";
    if (verdict->runner_up == NULL) {
        snprintf(verdict->text, sizeof verdict->text,
                 "%s: %s a round trip%s; no other device to compare with.%s",
                 verdict->winner->label, time, baseline, evidence);
        return;
    }
    gf_format_ns(median_of(verdict->runner_up, GF_PHASE_TOTAL), second, sizeof second);
    if (verdict->too_close)
        snprintf(verdict->text, sizeof verdict->text,
                 "too close to call: the medians of %s (%s) and %s (%s) differ by %.1f %%, %s.%s",
                 verdict->winner->label, time, verdict->runner_up->label, second,
                 (verdict->ratio - 1) * 100,
                 too_few_samples(verdict->winner) || too_few_samples(verdict->runner_up)
                     ? "from too few samples to tell (raise --repeat)"
                 : verdict->ratio < GF_CLOSE_RATIO
                     ? "less than what a measurement like this can tell apart"
                     : "but their samples overlap (quiet the machine or raise --min-time)",
                 evidence);
    else
        snprintf(verdict->text, sizeof verdict->text,
                 "%s: %s a round trip, %.2f times as fast as %s (%s)%s; medians of total.%s",
                 verdict->winner->label, time, verdict->ratio, verdict->runner_up->label, second,
                 baseline, evidence);
}

/* Both totals are fare + k * kernel when k times as much is computed between the same transfers.
 * They are equal for k = (fare_w - fare_s) / (kernel_s - kernel_w): that k, if it is positive, is
 * where the order turns. */
static void describe_flip(gf_verdict *verdict) {
    const gf_result *winner = verdict->winner, *second = verdict->runner_up;
    if (second == NULL)
        return;
    const double winner_kernel = median_of(winner, GF_PHASE_KERNEL);
    const double second_kernel = median_of(second, GF_PHASE_KERNEL);
    const double winner_total = median_of(winner, GF_PHASE_TOTAL);
    const double winner_fare = winner_total - winner_kernel;
    const double second_fare = median_of(second, GF_PHASE_TOTAL) - second_kernel;
    const double k = (winner_fare - second_fare) / (second_kernel - winner_kernel);
    if (k >= 0.01 && k <= 1e6)
        snprintf(verdict->flips_when, sizeof verdict->flips_when,
                 "%s wins with %s than %.2g times the computing between the same transfers",
                 second->label, k > 1 ? "more" : "less", k);
    else if (second_fare < winner_total)
        snprintf(verdict->flips_when, sizeof verdict->flips_when,
                 "no amount of computing between transfers; %s wins with a kernel %.2f times as "
                 "fast",
                 second->label, second_kernel / (winner_total - second_fare));
    else
        snprintf(verdict->flips_when, sizeof verdict->flips_when,
                 "only a smaller fare: that of %s alone takes longer than the winner's total",
                 second->label);
}

/* What was measured on an unsteady machine may come out otherwise next time. */
static void add_caution(gf_verdict *verdict) {
    const gf_result *const both[] = {verdict->winner, verdict->runner_up};
    for (int i = 0; i < 2; i++) {
        if (both[i] == NULL)
            continue;
        const gf_statistics total = gf_result_phase(both[i], GF_PHASE_TOTAL);
        if (gf_statistics_spread(&total) <= GF_WIDE_SPREAD)
            continue;
        const size_t used = strlen(verdict->text);
        snprintf(verdict->text + used, sizeof verdict->text - used,
                 " Doubtful: the samples of %s are unsteady (see Notes); measure again on a quiet "
                 "machine.",
                 both[i]->label);
        return;
    }
}

/* The fastest GPU, when the verdict's first two are something else. */
static void add_gpu(const gf_result *gpu, gf_verdict *verdict) {
    if (gpu == NULL || gpu == verdict->winner || gpu == verdict->runner_up)
        return;
    char time[24];
    gf_format_ns(median_of(gpu, GF_PHASE_TOTAL), time, sizeof time);
    const size_t used = strlen(verdict->text);
    snprintf(verdict->text + used, sizeof verdict->text - used, " The fastest GPU is %s (%s).",
             gpu->label, time);
}

void gf_verdict_reach(const gf_comparison *comparison, gf_verdict *verdict) {
    memset(verdict, 0, sizeof *verdict);
    const gf_result *gpu = fastest_gpu(comparison);
    verdict->gpu_evidence = gpu != NULL;
    verdict->winner = gf_comparison_fastest(comparison);
    if (verdict->winner == NULL) {
        snprintf(verdict->text, sizeof verdict->text, "no device returned a verified result");
        return;
    }
    verdict->runner_up = fastest_of_others(comparison, verdict->winner->device);
    if (verdict->runner_up != NULL) {
        verdict->ratio = median_of(verdict->runner_up, GF_PHASE_TOTAL) /
                         median_of(verdict->winner, GF_PHASE_TOTAL);
        verdict->too_close = verdict->ratio < GF_CLOSE_RATIO || too_few_samples(verdict->winner) ||
                             too_few_samples(verdict->runner_up) ||
                             quartiles_overlap(verdict->winner, verdict->runner_up);
    }
    describe_winner(comparison, verdict);
    add_gpu(gpu, verdict);
    add_caution(verdict);
    describe_flip(verdict);
}
