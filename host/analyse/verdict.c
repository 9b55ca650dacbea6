#include "analyse/verdict.h"

#include <string.h>

#include "analyse/payback.h"
#include "analyse/ranking.h"
#include "analyse/verdict_flip.h"
#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "device/chip.h"

#define MIN_VERDICT_SAMPLES 3

/* Fewer samples have no meaningful quartiles. */
static bool too_few_samples(const gf_result *result) {
    return gf_result_best(result)->count < MIN_VERDICT_SAMPLES;
}

bool gf_are_too_close(const gf_statistics *fast, const gf_statistics *slow) {
    return (double)slow->median_ns < GF_CLOSE_RATIO * (double)fast->median_ns ||
           fast->count < MIN_VERDICT_SAMPLES || slow->count < MIN_VERDICT_SAMPLES ||
           fast->q3_ns >= slow->q1_ns;
}

/* "5.2 ms"; where both schedules were measured "5.2 ms pipelined, 7.3 ms serial". `unit` follows
 * the first number. */
static void format_time(const gf_result *result, const char *unit, char *buffer, size_t size) {
    const bool pipelined = gf_result_schedule(result) == GF_SCHEDULE_PIPELINED;
    char serial_ns[24], pipelined_ns[24];
    gf_format_ns(gf_result_median_ns(result, GF_PHASE_TOTAL), serial_ns, sizeof serial_ns);
    gf_format_ns((double)result->pipelined.median_ns, pipelined_ns, sizeof pipelined_ns);
    if (result->pipelined.count == 0)
        snprintf(buffer, size, "%s%s", serial_ns, unit);
    else
        snprintf(buffer, size, "%s%s %s, %s %s", pipelined ? pipelined_ns : serial_ns, unit,
                 gf_schedule_name(gf_result_schedule(result)), pipelined ? serial_ns : pipelined_ns,
                 gf_schedule_name(pipelined ? GF_SCHEDULE_SERIAL : GF_SCHEDULE_PIPELINED));
}

static void add_baseline(const gf_verdict *verdict, const gf_result *baseline, gf_text *text) {
    if (baseline == NULL || baseline == verdict->winner || baseline == verdict->runner_up ||
        gf_is_other_listing(&baseline->device->info, &verdict->winner->device->info))
        return;
    char name[128];
    gf_baseline_format_result(baseline, name, sizeof name);
    gf_text_add(text, ", %.2f times as fast as %s",
                gf_result_best_ns(baseline) / gf_result_best_ns(verdict->winner), name);
}

/* "0:0:vector", and what that is for whoever does not know such names. */
static void add_name(const gf_result *result, gf_text *text) {
    char words[GF_DEVICE_WORDS];
    gf_device_words(&result->device->info, words, sizeof words);
    gf_text_add(text, "%s (%s)", result->label, words);
}

/* Two devices that are not told apart, and why. */
static void add_tie(const gf_verdict *verdict, gf_text *text) {
    const gf_result *winner = verdict->winner, *second = verdict->runner_up;
    char time[80], second_time[80];
    format_time(winner, "", time, sizeof time);
    format_time(second, "", second_time, sizeof second_time);
    if (too_few_samples(winner) && too_few_samples(second))
        gf_text_add(text, "can't tell: %s (%s) and %s (%s) have too few samples (raise repeat).",
                    winner->label, time, second->label, second_time);
    else if (too_few_samples(winner) || too_few_samples(second))
        gf_text_add(text,
                    "can't tell: of %s (%s) and %s (%s), %s has too few samples (raise repeat).",
                    winner->label, time, second->label, second_time,
                    too_few_samples(winner) ? winner->label : second->label);
    else if (verdict->ratio < GF_CLOSE_RATIO)
        gf_text_add(text,
                    "too close to call: the medians of %s (%s) and %s (%s) differ by %.1f %%, less "
                    "than a measurement like this can tell apart.",
                    winner->label, time, second->label, second_time, (verdict->ratio - 1) * 100);
    else
        gf_text_add(text,
                    "can't tell: the samples of %s (%s) and %s (%s) overlap (quiet the machine or "
                    "raise min-time).",
                    winner->label, time, second->label, second_time);
}

static bool is_busy(const gf_result *result) {
    return result->outcome == GF_OUTCOME_OK && gf_result_is_disturbed(result);
}

static size_t count_busy(const gf_comparison *comparison) {
    size_t count = 0;
    for (size_t i = 0; i < comparison->result_count; i++)
        count += is_busy(comparison->results[i]);
    return count;
}

/* The samples of a machine that others use say how busy they are, not how fast the device is: those
 * of any device, because it might have won. */
static void add_busy(const gf_comparison *comparison, gf_text *text) {
    const size_t count = count_busy(comparison);
    size_t named = 0;
    gf_text_add(text, "can't tell: the machine is busy. Other programs had the cores in ");
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        if (!is_busy(result))
            continue;
        named++;
        gf_text_add(text, "%s%u of %u samples of %s",
                    named == 1       ? ""
                    : named == count ? " and "
                                     : ", ",
                    result->disturbed, result->ledger.phases[GF_PHASE_TOTAL].count, result->label);
    }
    gf_text_add(text, "; measure again when it is quiet.");
}

/* What a time is of: a run that went on from a saved state made only the last steps. */
static void format_unit(const gf_comparison *comparison, const gf_result *result, char *buffer,
                        size_t size) {
    const unsigned long long steps = (unsigned long long)comparison->problem->steps,
                             first = (unsigned long long)result->checkpoint.first_step;
    if (first > 0)
        snprintf(buffer, size, " for the last %llu of %llu steps", steps - first, steps);
    else
        snprintf(buffer, size, " a round trip");
}

/* The winner, and by how much. */
static void add_winner(const gf_comparison *comparison, const gf_verdict *verdict,
                       const gf_result *baseline, gf_text *text) {
    const gf_result *winner = verdict->winner, *second = verdict->runner_up;
    char unit[64], time[144], second_time[80], words[GF_DEVICE_WORDS];
    format_unit(comparison, winner, unit, sizeof unit);
    format_time(winner, unit, time, sizeof time);
    if (second == NULL) {
        add_name(winner, text);
        gf_text_add(text, ": %s", time);
        add_baseline(verdict, baseline, text);
        gf_text_add(text, "%s", gf_rank_no_other(comparison->session));
        return;
    }
    if (verdict->too_close) {
        add_tie(verdict, text);
        return;
    }
    format_time(second, "", second_time, sizeof second_time);
    gf_device_words(&second->device->info, words, sizeof words);
    add_name(winner, text);
    gf_text_add(text, " is the fastest: %s, %.2f times as fast as %s (%s), which is %s.", time,
                verdict->ratio, second->label, second_time, words);
}

/* What the answer rests on, if there is one. */
static void add_basis(const gf_verdict *verdict, const gf_result *baseline, gf_text *text) {
    if (verdict->runner_up == NULL || verdict->too_close)
        return;
    gf_text_add(text,
                " By medians of whole round trips (data to the device, computing, results back)");
    add_baseline(verdict, baseline, text);
    gf_text_add(text, ".");
}

/* The fastest GPU, unless the verdict names it already. */
static void add_gpu(const gf_verdict *verdict, const gf_result *gpu, gf_text *text) {
    char time[80];
    if (gpu == NULL) {
        gf_text_add(text, " No GPU took part: this says nothing about GPUs.");
    } else if (gpu != verdict->winner && gpu != verdict->runner_up) {
        format_time(gpu, "", time, sizeof time);
        gf_text_add(text, " The fastest GPU is %s (%s).", gpu->label, time);
    }
}

static bool is_unsteady(const gf_result *result) {
    return result->outcome == GF_OUTCOME_OK && gf_result_best(result)->count > 0 &&
           gf_statistics_spread(gf_result_best(result)) > GF_WIDE_SPREAD;
}

/* Times measured on an unsteady machine may differ next time: those of any device, because another
 * one might have won. */
static void add_caution(const gf_comparison *comparison, gf_verdict *verdict, gf_text *text) {
    size_t count = 0, named = 0;
    for (size_t i = 0; i < comparison->result_count; i++)
        count += is_unsteady(comparison->results[i]);
    verdict->doubtful = count > 0;
    if (count == 0)
        return;
    gf_text_add(text, " Doubtful: the samples of ");
    for (size_t i = 0; i < comparison->result_count; i++) {
        if (!is_unsteady(comparison->results[i]))
            continue;
        named++;
        gf_text_add(text, "%s%s",
                    named == 1       ? ""
                    : named == count ? " and "
                                     : ", ",
                    comparison->results[i]->label);
    }
    gf_text_add(text, " are unsteady (see Notes); measure again on a quiet machine.");
}

/* Devices that should have been compared. More names would crowd out the rest. */
#define MOST_MISSING 3

static void add_missing(const gf_comparison *comparison, gf_text *text) {
    size_t missing = 0;
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        if (result->outcome != GF_OUTCOME_FAILED && result->outcome != GF_OUTCOME_MISMATCH)
            continue;
        if (missing < MOST_MISSING)
            gf_text_add(text, "%s%s (%s)", missing == 0 ? " Missing: " : ", ", result->label,
                        gf_outcome_name(result->outcome));
        missing++;
    }
    if (missing > MOST_MISSING)
        gf_text_add(text, " and %zu more", missing - MOST_MISSING);
    if (missing > 0)
        gf_text_add(text, "; the table has the reasons.");
    gf_rank_add_unused(comparison->session, text);
}

static const gf_result *result_at(const gf_comparison *comparison, size_t index) {
    return index < comparison->result_count ? comparison->results[index] : NULL;
}

/* `other`: NULL, or the winner itself where there is no other. */
static void find_payback(gf_verdict *verdict, const gf_result *other) {
    if (other == NULL || other == verdict->winner)
        return;
    const gf_call_cost winner = gf_call_cost_of_result(verdict->winner),
                       rest = gf_call_cost_of_result(other);
    verdict->ahead_after = gf_calls_until_ahead(&winner, &rest);
    if (gf_call_cost_once_ns(&winner) > gf_call_cost_once_ns(&rest))
        verdict->payback_trips = verdict->ahead_after;
    gf_payback_format(verdict->winner->label, &winner, other->label, &rest, verdict->payback,
                      sizeof verdict->payback);
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
        verdict->answer_length = text.used;
        return;
    }
    if (second != NULL) {
        verdict->ratio = gf_result_best_ns(second) / gf_result_best_ns(winner);
        verdict->too_close = gf_are_too_close(gf_result_best(winner), gf_result_best(second));
    }
    verdict->busy = count_busy(comparison) > 0;
    if (verdict->busy) {
        verdict->ratio = 0;
        verdict->too_close = second != NULL;
        add_busy(comparison, &text);
        if (gpu == NULL)
            add_gpu(verdict, gpu, &text);
        verdict->answer_length = text.used;
        add_missing(comparison, &text);
        return;
    }
    const gf_result *baseline = result_at(comparison, ranking.baseline);
    add_winner(comparison, verdict, baseline, &text);
    add_gpu(verdict, gpu, &text);
    verdict->answer_length = text.used;
    add_basis(verdict, baseline, &text);
    gf_rank_add_chips(&rows, &text);
    add_caution(comparison, verdict, &text);
    add_missing(comparison, &text);
    gf_flip_describe(comparison, winner, second, verdict->flips_when, sizeof verdict->flips_when);
    if (!verdict->too_close)
        find_payback(verdict, second != NULL ? second : baseline);
}

bool gf_verdict_names(const gf_comparison *comparison, const gf_result *result) {
    gf_verdict verdict;
    gf_verdict_reach(comparison, &verdict);
    return verdict.winner == result && !verdict.too_close && !verdict.busy;
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
