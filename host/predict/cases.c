#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "measure/comparison.h"
#include "os/contention.h"
#include "predict/cases.h"
#include "problem/params.h"
#include "problem/problem.h"

/* Enough samples for a median, and not much more: a case takes tens of ms in all. */
#define SAMPLES       7
#define SAMPLE_TIME_S 0.02
#define MAX_SAMPLES   300
/* Other programs and sleeping threads only ever make a run slower, so a case runs twice and the
 * faster run counts; once more where its samples spread too far or its threads waited for cores
 * that others had. */
#define TRIES 3
/* Of the time of a run. Beside a program that never rests, 133 of 135 runs on two cores waited
 * longer and saw it; alone 37 of 99 waited longer, for threads of their own, and none of these saw
 * another program. */
#define MOST_WAITING 0.1
/* Threads that were just made share a core until the system spreads them: for about a tenth of a
 * second every time would be too long. So long the first case runs before anything is measured. */
#define SETTLE_S 0.15

static const char *const defaults_alone[] = {"", NULL};

static const char *const *cases_of(const gf_workload *workload) {
    return workload->calibration != NULL ? workload->calibration : defaults_alone;
}

/* ---- Values of a case -------------------------------------------------- */

/* Sets "NAME=VALUE NAME=VALUE". */
static gf_status set_case(gf_params *params, const char *text, gf_error *error) {
    gf_status status = GF_OK;
    while (status == GF_OK && *text != '\0') {
        char name[64], value[128];
        int length = 0;
        const int found = sscanf(text, "%63[^= ]=%127[^ ]%n", name, value, &length);
        assert(found == 2 && "a calibration case is NAME=VALUE NAME=VALUE");
        if (found != 2)
            return gf_error_set(error, GF_FAILED, "calibration case %s: not NAME=VALUE", text);
        status = gf_params_set(params, name, value, error);
        text += length;
        text += strspn(text, " ");
    }
    return status;
}

/* Precision and math as in `like`, everything else at its default but for the case. */
static gf_status make_case(const gf_params *like, const char *text, gf_params **params,
                           gf_error *error) {
    static const char *const kept[] = {"precision", "math"};
    gf_status status = gf_params_create(gf_params_workload(like), params, error);
    for (size_t i = 0; status == GF_OK && i < sizeof kept / sizeof kept[0]; i++) {
        const char *own = gf_params_text(like, kept[i]);
        if (own != NULL)
            status = gf_params_set(*params, kept[i], own, error);
    }
    if (status == GF_OK)
        status = set_case(*params, text, error);
    if (status != GF_OK) {
        gf_params_destroy(*params);
        *params = NULL;
    }
    return status;
}

/* ---- What is known ----------------------------------------------------- */

static bool is_known(const gf_profile *profile, const char *variant, const gf_params *like,
                     const char *text) {
    const gf_workload *workload = gf_params_workload(like);
    for (size_t i = 0; i < profile->case_count; i++) {
        const gf_case *point = &profile->cases[i];
        if (strcmp(point->workload, workload->name) == 0 && strcmp(point->variant, variant) == 0 &&
            strcmp(point->values, text) == 0 && point->precision == gf_params_precision(like) &&
            point->math == gf_params_math(like))
            return true;
    }
    return false;
}

size_t gf_profile_missing(const gf_profile *profile, const char *variant, const gf_params *params) {
    size_t missing = 0;
    for (const char *const *text = cases_of(gf_params_workload(params)); *text != NULL; text++)
        missing += !is_known(profile, variant, params, *text);
    return missing;
}

/* ---- Measuring --------------------------------------------------------- */

static double phase_ns(const gf_result *result, gf_phase phase) {
    const gf_statistics statistics = gf_result_phase(result, phase);
    return statistics.count == 0 ? 0 : (double)statistics.median_ns;
}

void gf_case_of_result(const gf_problem *problem, const gf_estimate *estimate,
                       const gf_result *result, const char *values, gf_case *point) {
    const gf_statistics total = gf_result_phase(result, GF_PHASE_TOTAL);
    *point = (gf_case){.precision = problem->precision,
                       .math = problem->math,
                       .work = estimate->work,
                       .operations = estimate->operations,
                       .bytes = estimate->bytes,
                       .items = estimate->items,
                       .footprint = estimate->footprint,
                       .segments = estimate->segments,
                       .segment_steps = estimate->segment_steps,
                       .bytes_up = estimate->bytes_up,
                       .bytes_down = estimate->bytes_down,
                       .uploads = estimate->uploads,
                       .downloads = estimate->downloads,
                       .efficiency = gf_estimate_efficiency(estimate, result->lanes),
                       .lanes = result->lanes,
                       .alloc_ns = phase_ns(result, GF_PHASE_ALLOC),
                       .h2d_ns = phase_ns(result, GF_PHASE_H2D),
                       .launch_ns = phase_ns(result, GF_PHASE_LAUNCH),
                       .kernel_ns = phase_ns(result, GF_PHASE_KERNEL),
                       .d2h_ns = phase_ns(result, GF_PHASE_D2H),
                       .total_ns = phase_ns(result, GF_PHASE_TOTAL),
                       .spread = gf_statistics_spread(&total)};
    snprintf(point->workload, sizeof point->workload, "%s", problem->workload->name);
    snprintf(point->variant, sizeof point->variant, "%s", gf_result_variant(result));
    snprintf(point->values, sizeof point->values, "%s", values);
}

/* Takes the result as the case's point if it is faster than the one before. */
static gf_status take_result(const gf_problem *problem, const gf_result *result, const char *text,
                             bool disturbed, gf_case *point, gf_error *error) {
    const gf_statistics total = gf_result_phase(result, GF_PHASE_TOTAL);
    if (gf_result_outcome(result) != GF_OUTCOME_OK)
        return gf_error_set(error, GF_FAILED, "%s %s on %s: %s", problem->workload->name, text,
                            gf_result_label(result), gf_result_reason(result));
    if (point->workload[0] != '\0' && (double)total.median_ns >= point->total_ns)
        return GF_OK;
    gf_estimate estimate;
    const gf_status status = gf_estimate_create(problem, &estimate, error);
    if (status == GF_OK)
        gf_case_of_result(problem, &estimate, result, text, point);
    point->disturbed = disturbed;
    return status;
}

/* `disturbed`: other programs ran, and threads had to wait for a core. On some devices they do that
 * for one another, without others. */
static gf_status run_case(gf_comparison *comparison, const gf_target *target,
                          const gf_result **result, bool *disturbed, gf_error *error) {
    const gf_clock clock = gf_clock_monotonic();
    const uint64_t start_ns = gf_clock_now(&clock);
    const gf_contention before = gf_contention_read();
    const gf_status status = gf_comparison_run(comparison, target, result, error);
    const gf_contention after = gf_contention_read();
    const double took_ns = (double)(gf_clock_now(&clock) - start_ns);
    /* Threads that have ended take what they waited out of the sum. */
    const double waited_ns = (double)after.waited_ns - (double)before.waited_ns;
    *disturbed = before.others + after.others > 0 && waited_ns > MOST_WAITING * took_ns;
    return status;
}

/* Runs a case as often as it takes. A device that lacks what it takes leaves no point, and so no
 * prediction. */
static gf_status measure(gf_profile *profile, gf_comparison *comparison, const gf_target *target,
                         const char *text, gf_error *error) {
    gf_case point = {.workload = ""};
    gf_status status = GF_OK;
    for (int i = 0; status == GF_OK && i < TRIES; i++) {
        const gf_result *result = NULL;
        bool disturbed = false;
        status = run_case(comparison, target, &result, &disturbed, error);
        if (status == GF_OK && gf_result_outcome(result) == GF_OUTCOME_UNSUPPORTED)
            return GF_OK;
        if (status == GF_OK)
            status = take_result(comparison->problem, result, text, disturbed, &point, error);
        if (i > 0 && point.spread <= GF_WIDE_SPREAD && !point.disturbed)
            break;
    }
    return status == GF_OK ? gf_profile_add(profile, &point, error) : status;
}

static gf_status measure_case(gf_profile *profile, gf_session *session, const gf_target *target,
                              const gf_params *like, const char *text,
                              const gf_run_options *options, gf_error *error) {
    gf_params *params = NULL;
    gf_comparison *comparison = NULL;
    gf_status status = make_case(like, text, &params, error);
    if (status == GF_OK)
        status = gf_comparison_create(session, params, options, &comparison, error);
    if (status == GF_OK)
        status = measure(profile, comparison, target, text, error);
    gf_comparison_destroy(comparison);
    gf_params_destroy(params);
    return status;
}

/* Runs the first case for a while and forgets it. */
static gf_status settle(gf_session *session, const gf_target *target, const gf_params *like,
                        const gf_run_options *options, gf_error *error) {
    gf_run_options own = *options;
    own.min_time_s = SETTLE_S;
    own.max_samples = UINT32_MAX;
    gf_params *params = NULL;
    gf_comparison *comparison = NULL;
    const gf_result *result = NULL;
    gf_status status = make_case(like, cases_of(gf_params_workload(like))[0], &params, error);
    if (status == GF_OK)
        status = gf_comparison_create(session, params, &own, &comparison, error);
    if (status == GF_OK)
        status = gf_comparison_run(comparison, target, &result, error);
    gf_comparison_destroy(comparison);
    gf_params_destroy(params);
    return status;
}

gf_status gf_profile_measure_cases(gf_profile *profile, gf_session *session, gf_device *device,
                                   const char *variant, const gf_params *params,
                                   const gf_run_options *options, gf_error *error) {
    gf_run_options own = *options;
    own.warmup = 1;
    own.repeat = SAMPLES;
    own.min_time_s = SAMPLE_TIME_S;
    own.max_samples = MAX_SAMPLES;
    own.search = false;
    own.pipeline = false;
    own.tuning = NULL;
    const gf_target target = {device, variant, "calibration"};
    if (gf_profile_missing(profile, variant, params) == 0)
        return GF_OK;
    gf_status status = settle(session, &target, params, &own, error);
    for (const char *const *text = cases_of(gf_params_workload(params));
         status == GF_OK && *text != NULL; text++) {
        if (!is_known(profile, variant, params, *text))
            status = measure_case(profile, session, &target, params, *text, &own, error);
    }
    return status;
}
