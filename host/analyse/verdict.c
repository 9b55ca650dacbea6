#include "analyse/verdict.h"

#include <string.h>

#include "analyse/ranking.h"
#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"

#define MIN_VERDICT_SAMPLES 3

/* Fewer samples have no meaningful quartiles. */
static bool too_few_samples(const gf_result *result) {
    return result->statistics[GF_PHASE_TOTAL].count < MIN_VERDICT_SAMPLES;
}

static bool quartiles_overlap(const gf_result *fast, const gf_result *slow) {
    return fast->statistics[GF_PHASE_TOTAL].q3_ns >= slow->statistics[GF_PHASE_TOTAL].q1_ns;
}

static void add_baseline(const gf_verdict *verdict, const gf_result *baseline, gf_text *text) {
    if (baseline == NULL || baseline == verdict->winner || baseline == verdict->runner_up)
        return;
    char name[128];
    gf_baseline_format_result(baseline, name, sizeof name);
    gf_text_add(text, ", %.2f times as fast as %s",
                gf_result_median_ns(baseline, GF_PHASE_TOTAL) /
                    gf_result_median_ns(verdict->winner, GF_PHASE_TOTAL),
                name);
}

static const char *why_too_close(const gf_verdict *verdict) {
    if (too_few_samples(verdict->winner) || too_few_samples(verdict->runner_up))
        return "from too few samples to tell (raise repeat)";
    if (verdict->ratio < GF_CLOSE_RATIO)
        return "less than a measurement like this can tell apart";
    return "but their samples overlap (quiet the machine or raise min-time)";
}

static void add_winner(const gf_verdict *verdict, const gf_result *baseline, gf_text *text) {
    const gf_result *winner = verdict->winner, *second = verdict->runner_up;
    char time[24], second_time[24];
    gf_format_ns(gf_result_median_ns(winner, GF_PHASE_TOTAL), time, sizeof time);
    if (second == NULL) {
        gf_text_add(text, "%s: %s a round trip", winner->label, time);
        add_baseline(verdict, baseline, text);
        gf_text_add(text, "; no other device to compare with.");
        return;
    }
    gf_format_ns(gf_result_median_ns(second, GF_PHASE_TOTAL), second_time, sizeof second_time);
    if (verdict->too_close) {
        gf_text_add(text,
                    "too close to call: the medians of %s (%s) and %s (%s) differ by %.1f %%, %s.",
                    winner->label, time, second->label, second_time, (verdict->ratio - 1) * 100,
                    why_too_close(verdict));
        return;
    }
    gf_text_add(text, "%s: %s a round trip, %.2f times as fast as %s (%s)", winner->label, time,
                verdict->ratio, second->label, second_time);
    add_baseline(verdict, baseline, text);
    gf_text_add(text, "; medians of total.");
}

/* The fastest GPU, unless the verdict names it already. */
static void add_gpu(const gf_verdict *verdict, const gf_result *gpu, gf_text *text) {
    char time[24];
    if (gpu == NULL) {
        gf_text_add(text, " No GPU took part: this says nothing about GPUs.");
    } else if (gpu != verdict->winner && gpu != verdict->runner_up) {
        gf_format_ns(gf_result_median_ns(gpu, GF_PHASE_TOTAL), time, sizeof time);
        gf_text_add(text, " The fastest GPU is %s (%s).", gpu->label, time);
    }
}

/* Times measured on an unsteady machine may differ next time. */
static void add_caution(const gf_verdict *verdict, gf_text *text) {
    const gf_result *const compared[] = {verdict->winner, verdict->runner_up};
    for (size_t i = 0; i < GF_COUNT_OF(compared) && compared[i] != NULL; i++) {
        if (gf_statistics_spread(&compared[i]->statistics[GF_PHASE_TOTAL]) <= GF_WIDE_SPREAD)
            continue;
        gf_text_add(text,
                    " Doubtful: the samples of %s are unsteady (see Notes); measure again on a "
                    "quiet machine.",
                    compared[i]->label);
        return;
    }
}

/* With k times the computing between the same transfers, a total is fare + k * kernel. The two
 * totals are equal at k = (fare_w - fare_s) / (kernel_s - kernel_w); there, if k is positive, the
 * order turns. */
static void describe_flip(gf_verdict *verdict) {
    const gf_result *winner = verdict->winner, *second = verdict->runner_up;
    if (second == NULL)
        return;
    const double winner_kernel = gf_result_median_ns(winner, GF_PHASE_KERNEL);
    const double second_kernel = gf_result_median_ns(second, GF_PHASE_KERNEL);
    const double winner_total = gf_result_median_ns(winner, GF_PHASE_TOTAL);
    const double winner_fare = winner_total - winner_kernel;
    const double second_fare = gf_result_median_ns(second, GF_PHASE_TOTAL) - second_kernel;
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

static const gf_result *result_at(const gf_comparison *comparison, size_t index) {
    return index < comparison->result_count ? comparison->results[index] : NULL;
}

void gf_verdict_reach(const gf_comparison *comparison, gf_verdict *verdict) {
    const gf_rank_rows rows = gf_rank_rows_of_comparison(comparison);
    const gf_ranking ranking = gf_rank(&rows);
    const gf_result *gpu = result_at(comparison, ranking.gpu);
    *verdict = (gf_verdict){.winner = result_at(comparison, ranking.winner),
                            .runner_up = result_at(comparison, ranking.runner_up),
                            .gpu_evidence = gpu != NULL};
    gf_text text = gf_text_in(verdict->text, sizeof verdict->text);
    const gf_result *winner = verdict->winner, *second = verdict->runner_up;
    if (winner == NULL) {
        gf_text_add(&text, "no device returned a verified result");
        return;
    }
    if (second != NULL) {
        verdict->ratio = gf_result_median_ns(second, GF_PHASE_TOTAL) /
                         gf_result_median_ns(winner, GF_PHASE_TOTAL);
        verdict->too_close = verdict->ratio < GF_CLOSE_RATIO || too_few_samples(winner) ||
                             too_few_samples(second) || quartiles_overlap(winner, second);
    }
    add_winner(verdict, result_at(comparison, ranking.baseline), &text);
    add_gpu(verdict, gpu, &text);
    add_caution(verdict, &text);
    describe_flip(verdict);
}

gf_status gf_comparison_verdict(const gf_comparison *comparison, char *text, size_t size,
                                gf_error *error) {
    GF_ENTER(error);
    gf_verdict verdict;
    gf_verdict_reach(comparison, &verdict);
    if (strlen(verdict.text) >= size)
        return gf_error_set(error, GF_USAGE, "the verdict has %zu characters; give a buffer of %d",
                            strlen(verdict.text), GF_VERDICT_TEXT);
    snprintf(text, size, "%s", verdict.text);
    return GF_OK;
}
