#include "advise/advice_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "calibrate/ceilings.h"
#include "calibrate/profile_store.h"
#include "problem/params.h"
#include "problem/problem.h"

/* Phases shorter than this, predicted and measured, are not compared: reading the clocks takes most
 * of their time. */
#define LEAST_NS 1000

/* The latest result of a candidate that is verified, or that is not. NULL: there is none. */
static const gf_result *result_of(const gf_comparison *comparison, const gf_candidate *candidate,
                                  bool verified) {
    for (size_t i = comparison->result_count; i-- > 0;) {
        const gf_result *result = comparison->results[i];
        if (result->device == candidate->device && (result->outcome == GF_OUTCOME_OK) == verified &&
            strcmp(result->variant, candidate->variant) == 0)
            return result;
    }
    return NULL;
}

bool gf_advice_compares(const gf_advice *advice, size_t candidate, gf_phase phase,
                        double *measured) {
    const gf_prediction *prediction = &advice->candidates->items[candidate].prediction;
    const gf_result *result = advice->review->results[candidate];
    if (phase == GF_PHASE_BUILD || phase == GF_PHASE_UNEXPLAINED || result == NULL ||
        !prediction->possible)
        return false;
    *measured = gf_result_median_ns(result, phase);
    const double predicted = prediction->phases[phase].value;
    return *measured > 0 && predicted > 0 && fmax(*measured, predicted) >= LEAST_NS;
}

bool gf_advice_compares_pipelined(const gf_advice *advice, size_t candidate, double *measured) {
    const gf_prediction *prediction = &advice->candidates->items[candidate].prediction;
    const gf_result *result = advice->review->results[candidate];
    if (result == NULL || !prediction->possible)
        return false;
    *measured = (double)result->pipelined.median_ns;
    return *measured > 0 && prediction->pipelined.value > 0;
}

/* ---- Whether the verdict held ------------------------------------------ */

/* Best total on the candidate's chip, under any name, divided by the best of all devices; 0 if it
 * did not run. */
static double slowdown_of(const gf_candidate *candidate, const gf_rank_rows *rows, size_t best) {
    const gf_rank_row like = {.device = candidate->device,
                              .info = candidate->device == NULL ? NULL : &candidate->device->info};
    const size_t index =
        candidate->device == NULL ? rows->count : gf_rank_fastest_like(rows, &like);
    return index == rows->count ? 0
                                : rows->at(rows, index).total_ns / rows->at(rows, best).total_ns;
}

/* `slowdown`: of the predicted winner's device. */
static void add_outcome(const gf_candidate *winner, double slowdown, bool held, const char *fastest,
                        gf_text *text) {
    if (slowdown <= 0)
        gf_text_add(text, "%s did not run; %s was the fastest that did", winner->label, fastest);
    else if (slowdown <= 1)
        gf_text_add(text, "the verdict held: %s was the fastest", fastest);
    else
        gf_text_add(text, "%s: %s was the fastest, and %s took %.3g times its time",
                    held ? "the verdict held, within the precision of the measurement"
                         : "the verdict did not hold",
                    fastest, winner->label, slowdown);
}

static bool any_disturbed(const gf_result *const *results, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (results[i] != NULL && gf_result_is_disturbed(results[i]))
            return true;
    }
    return false;
}

/* A verdict holds when its device is the fastest, or not slower by GF_CLOSE_RATIO. One that was too
 * close to call holds when either of its two devices is. */
static void judge_verdict(const gf_advice *advice, gf_advice_review *review, gf_text *text) {
    const gf_candidates *candidates = advice->candidates;
    const gf_ranking *predicted = &advice->verdict.ranking;
    const gf_rank_rows rows = gf_rank_rows_of_results(review->results, candidates->count);
    const size_t best = gf_rank(&rows).winner;
    if (advice->verdict.kind == GF_ADVICE_UNMEASURED) {
        gf_text_add(text, "there was no verdict to check: not every device was measured before");
        return;
    }
    if (best == rows.count || predicted->winner == rows.count ||
        candidates->items[predicted->winner].device == NULL) {
        gf_text_add(text, "the verdict could not be checked: its device did not run");
        return;
    }
    if (advice->verdict.kind == GF_ADVICE_BOUND) {
        gf_text_add(text, "there was no verdict to check: the work was only bounded");
        return;
    }
    const gf_candidate *winner = &candidates->items[predicted->winner];
    double slowdown = slowdown_of(winner, &rows, best);
    if (advice->verdict.kind == GF_ADVICE_TOO_CLOSE) {
        const gf_candidate *second = &candidates->items[advice->verdict.rival];
        const double other = slowdown_of(second, &rows, best);
        if (other > 0 && (slowdown <= 0 || other < slowdown)) {
            winner = second;
            slowdown = other;
        }
    }
    if (any_disturbed(review->results, candidates->count)) {
        gf_text_add(text, "can't tell whether the verdict held: the machine is busy");
        return;
    }
    review->held = slowdown > 0 && slowdown < GF_CLOSE_RATIO;
    add_outcome(winner, slowdown, review->held, candidates->items[best].label, text);
}

/* ---- Doubts ------------------------------------------------------------ */

/* Unsteady samples say little about a prediction, and those that other programs disturbed nothing.
 * false: all were steady. */
static bool add_caution(const gf_result *const *results, size_t count, gf_text *text) {
    for (size_t i = 0; i < count; i++) {
        if (results[i] == NULL || !gf_result_is_disturbed(results[i]))
            continue;
        gf_text_add(text,
                    ". Other programs had the cores in %u of %u samples of %s, which are not kept; "
                    "check again when the machine is quiet",
                    results[i]->disturbed, results[i]->ledger.phases[GF_PHASE_TOTAL].count,
                    results[i]->label);
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        const double spread =
            results[i] == NULL ? 0 : gf_statistics_spread(gf_result_best(results[i]));
        if (spread <= GF_WIDE_SPREAD)
            continue;
        gf_text_add(text,
                    ". Doubtful: the samples of %s are unsteady (half of them spread over %.0f %% "
                    "of the median); check again on a quiet machine",
                    results[i]->label, spread * 100);
        return true;
    }
    return false;
}

/* Whether a time is outside of its interval by more than the interval's width on that side, on a
 * logarithmic scale. With intervals of 90 %, one prediction in a thousand is. */
static bool is_far_off(const gf_interval *predicted, double measured) {
    return measured * predicted->value > predicted->high * predicted->high ||
           measured * predicted->value < predicted->low * predicted->low;
}

/* A profile that was measured while other programs ran gives wrong predictions. */
static void add_remedy(const gf_candidates *candidates, const gf_result *const *results,
                       gf_text *text) {
    for (size_t i = 0; i < candidates->count; i++) {
        const gf_prediction *prediction = &candidates->items[i].prediction;
        const gf_interval *total = &prediction->phases[GF_PHASE_TOTAL];
        if (results[i] == NULL || !prediction->possible || prediction->bound ||
            !is_far_off(total, gf_result_median_ns(results[i], GF_PHASE_TOTAL)))
            continue;
        gf_text_add(text,
                    ". %s took %.3g times the predicted time, far outside of the interval: its "
                    "profile may be of a busy machine; calibrate it again on a quiet one",
                    results[i]->label,
                    gf_result_median_ns(results[i], GF_PHASE_TOTAL) / total->value);
        return;
    }
}

/* Devices that were predicted and have no time, with the reason: a verdict may have held only
 * because they took no part. */
static void add_unmeasured(const gf_advice *advice, const gf_result *const *results,
                           gf_text *text) {
    for (size_t i = 0; i < advice->candidates->count; i++) {
        const gf_candidate *candidate = &advice->candidates->items[i];
        if (candidate->device == NULL || results[i] != NULL || !candidate->prediction.possible)
            continue;
        const gf_result *failed = result_of(advice->comparison, candidate, false);
        gf_text_add(text, ". %s has no time: %s", candidate->label,
                    failed == NULL ? "it did not run" : gf_result_reason(failed));
    }
}

/* ---- The log of errors and the review ---------------------------------- */

/* "size=64x64 steps=10": the parameters that are set; cut where they do not fit. */
static void list_params(const gf_params *params, char *buffer, size_t size) {
    const gf_workload *workload = gf_params_workload(params);
    gf_text text = gf_text_in(buffer, size);
    for (uint32_t i = 0; i < workload->param_count; i++) {
        const char *name = workload->params[i].name;
        if (gf_params_is_set(params, name))
            gf_text_add(&text, "%s%s=%s", text.used == 0 ? "" : " ", name,
                        gf_params_text(params, name));
    }
}

static void fill_entry(const gf_advice *advice, size_t index, gf_prediction_entry *entry) {
    const gf_candidate *candidate = &advice->candidates->items[index];
    const gf_problem *problem = advice->comparison->problem;
    const time_t now = time(NULL);
    struct tm parts;
    memset(entry, 0, sizeof *entry);
    if (gmtime_r(&now, &parts) != NULL)
        (void)strftime(entry->at, sizeof entry->at, "%Y-%m-%dT%H:%M:%SZ", &parts);
    gf_workload_key(problem->workload, entry->workload);
    snprintf(entry->device, sizeof entry->device, "%s", candidate->label);
    list_params(problem->params, entry->values, sizeof entry->values);
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++) {
        entry->predicted_ns[phase] = candidate->prediction.phases[phase].value;
        entry->measured_ns[phase] = gf_result_median_ns(advice->review->results[index], phase);
    }
}

static gf_status log_errors(gf_advice *advice, gf_error *error) {
    gf_status status = GF_OK;
    const size_t before = advice->log->count;
    for (size_t i = 0; status == GF_OK && i < advice->candidates->count; i++) {
        gf_prediction_entry entry;
        const gf_prediction *prediction = &advice->candidates->items[i].prediction;
        const gf_result *result = advice->review->results[i];
        if (result == NULL || !prediction->possible || prediction->bound ||
            gf_result_is_disturbed(result))
            continue;
        fill_entry(advice, i, &entry);
        status = gf_prediction_log_add(advice->log, &entry, error);
    }
    if (status == GF_OK && advice->log->count > before)
        advice->log_saved = gf_prediction_log_save(advice->log);
    return status;
}

/* A kernel that passes a ceiling shows that the ceiling is none. */
static void raise_ceilings(gf_advice *advice) {
    const gf_problem *problem = advice->comparison->problem;
    bool any = false;
    for (size_t i = 0; i < advice->candidates->count; i++) {
        gf_profile *profile = advice->candidates->items[i].profile;
        const gf_result *result = advice->review->results[i];
        if (profile == NULL || result == NULL ||
            !gf_ceilings_raise_by_result(&profile->ceilings, problem, result))
            continue;
        (void)gf_profile_save(profile); /* else the next run raises them */
        any = true;
    }
    for (size_t i = 0; any && i < advice->candidates->count; i++)
        gf_predict_roofline(advice->candidates->items[i].profile, problem, &advice->estimate,
                            &advice->candidates->items[i].prediction);
}

gf_status gf_advice_check(gf_advice *advice, gf_error *error) {
    GF_ENTER(error);
    const size_t count = advice->candidates->count;
    if (advice->review != NULL)
        return gf_error_set(error, GF_FAILED, "this advice was checked before");
    gf_advice_review *review = calloc(1, sizeof *review);
    const gf_result **results = calloc(count + 1, sizeof *results);
    if (review == NULL || results == NULL) {
        free(review);
        free(results);
        return gf_error_no_memory(error, "a review", count * sizeof *results);
    }
    for (size_t i = 0; i < count; i++) {
        if (advice->candidates->items[i].device != NULL)
            results[i] = result_of(advice->comparison, &advice->candidates->items[i], true);
    }
    review->results = results;
    gf_text text = gf_text_in(review->text, sizeof review->text);
    judge_verdict(advice, review, &text);
    add_unmeasured(advice, results, &text);
    if (!add_caution(results, count, &text))
        add_remedy(advice->candidates, results, &text);
    advice->review = review;
    raise_ceilings(advice);
    return advice->log == NULL ? GF_OK : log_errors(advice, error);
}
