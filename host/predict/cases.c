#include "predict/cases.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "calibrate/ceilings.h"
#include "measure/comparison.h"
#include "problem/params.h"

/* Enough samples for a median, and few more: a case takes tens of ms in all. */
#define SAMPLES       7
#define SAMPLE_TIME_S 0.02
#define MAX_SAMPLES   300
/* A case runs twice and the faster run counts, because other programs and sleeping threads only
 * make a run slower. It runs a third time if its samples spread too far or its threads waited for
 * cores that other programs had. */
#define TRIES 3
/* New threads share a core until the system spreads them, for about a tenth of a second. Too long
 * to wait in each case: the first case runs for this time before all measurements. */
#define SPREAD_THREADS_S 0.15

static const char *const defaults_alone[] = {"", NULL};

static const char *const *cases_of(const gf_workload *workload) {
    return workload->calibration != NULL ? workload->calibration : defaults_alone;
}

/* Sets "NAME=VALUE NAME=VALUE". */
static gf_status set_case(gf_params *params, const char *text, gf_error *error) {
    gf_status status = GF_OK;
    while (status == GF_OK && *text != '\0') {
        char name[64], value[128];
        int length = 0;
        if (sscanf(text, "%63[^= ]=%127[^ ]%n", name, value, &length) != 2)
            return gf_error_set(error, GF_FAILED, "calibration case %s: not NAME=VALUE", text);
        status = gf_params_set(params, name, value, error);
        text += length;
        text += strspn(text, " ");
    }
    return status;
}

/* Takes precision and math from `like`, and defaults for parameters that `text` does not set. */
static gf_status make_params(const gf_params *like, const char *text, gf_params **params,
                             gf_error *error) {
    static const char *const copied[] = {"precision", "math"};
    gf_status status = gf_params_create(gf_params_workload(like), params, error);
    for (size_t i = 0; status == GF_OK && i < GF_COUNT_OF(copied); i++) {
        const char *value = gf_params_text(like, copied[i]);
        if (value != NULL)
            status = gf_params_set(*params, copied[i], value, error);
    }
    if (status == GF_OK)
        status = set_case(*params, text, error);
    if (status != GF_OK) {
        gf_params_destroy(*params);
        *params = NULL;
    }
    return status;
}

bool gf_case_is_like(const gf_case *measured, const gf_params *params) {
    return strcmp(measured->workload, gf_params_workload(params)->name) == 0 &&
           measured->precision == gf_params_precision(params) &&
           measured->math == gf_params_math(params);
}

static bool is_measured(const gf_profile *profile, const char *variant, const gf_params *like,
                        const char *text) {
    for (size_t i = 0; i < profile->case_count; i++) {
        const gf_case *c = &profile->cases[i];
        if (gf_case_is_like(c, like) && strcmp(c->variant, variant) == 0 &&
            strcmp(c->values, text) == 0)
            return true;
    }
    return false;
}

size_t gf_profile_missing_cases(const gf_profile *profile, const char *variant,
                                const gf_params *params) {
    size_t missing = 0;
    for (const char *const *text = cases_of(gf_params_workload(params)); *text != NULL; text++)
        missing += !is_measured(profile, variant, params, *text);
    return missing;
}

gf_case gf_case_of_estimate(const gf_problem *problem, const gf_estimate *estimate) {
    gf_case made = {.precision = problem->precision,
                    .math = problem->math,
                    .work = estimate->work,
                    .operations = estimate->operations,
                    .bytes = estimate->bytes,
                    .written = gf_written_share(problem),
                    .items = estimate->items,
                    .footprint = estimate->footprint,
                    .segments = estimate->segments,
                    .segment_steps = estimate->segment_steps,
                    .bytes_up = estimate->bytes_up,
                    .bytes_down = estimate->bytes_down,
                    .uploads = estimate->uploads,
                    .downloads = estimate->downloads};
    snprintf(made.workload, sizeof made.workload, "%s", problem->workload->name);
    return made;
}

static gf_case case_of_result(const gf_problem *problem, gf_estimate *estimate,
                              const gf_result *result, const char *values) {
    gf_case made = gf_case_of_estimate(problem, estimate);
    made.efficiency = gf_estimate_efficiency(estimate, result->lanes).value;
    made.lanes = result->lanes;
    made.alloc_ns = gf_result_median_ns(result, GF_PHASE_ALLOC);
    made.h2d_ns = gf_result_median_ns(result, GF_PHASE_H2D);
    made.launch_ns = gf_result_median_ns(result, GF_PHASE_LAUNCH);
    made.kernel_ns = gf_result_median_ns(result, GF_PHASE_KERNEL);
    made.d2h_ns = gf_result_median_ns(result, GF_PHASE_D2H);
    made.total_ns = gf_result_median_ns(result, GF_PHASE_TOTAL);
    made.pipelined_ns = (double)result->pipelined.median_ns;
    made.pipelined_parts = (double)result->overlap.parts;
    made.part_launches = (double)result->overlap.launches;
    made.spread = gf_statistics_spread(&result->statistics[GF_PHASE_TOTAL]);
    snprintf(made.variant, sizeof made.variant, "%s", gf_result_variant(result));
    snprintf(made.values, sizeof made.values, "%s", values);
    return made;
}

/* Makes a case of the result, unless an earlier run of the case was faster. */
static gf_status take_result(const gf_problem *problem, const gf_result *result, const char *text,
                             bool disturbed, gf_case *fastest, gf_error *error) {
    if (gf_result_outcome(result) != GF_OUTCOME_OK)
        return gf_error_set(error, GF_FAILED, "%s %s on %s: %s", problem->workload->name, text,
                            gf_result_label(result), gf_result_reason(result));
    if (fastest->workload[0] != '\0' &&
        gf_result_median_ns(result, GF_PHASE_TOTAL) >= fastest->total_ns)
        return GF_OK;
    gf_estimate estimate = gf_estimate_of(problem);
    *fastest = case_of_result(problem, &estimate, result, text);
    fastest->disturbed = disturbed;
    return GF_OK;
}

/* `disturbed`: other programs took cores meanwhile. */
static gf_status run_case(gf_comparison *comparison, const gf_target *target,
                          const gf_result **result, bool *disturbed, gf_error *error) {
    const gf_contention_watch watch = gf_contention_begin(comparison->session->read_contention);
    const gf_status status = gf_comparison_run(comparison, target, result, error);
    *disturbed = gf_contention_disturbed(&watch);
    return status;
}

/* A device that does not support the case adds none, and so gets no prediction. */
static gf_status run_repeatedly(gf_profile *profile, gf_comparison *comparison,
                                const gf_target *target, const char *text, gf_error *error) {
    gf_case fastest = {.workload = ""};
    gf_status status = GF_OK;
    for (int i = 0; status == GF_OK && i < TRIES; i++) {
        const gf_result *result = NULL;
        bool disturbed = false;
        status = run_case(comparison, target, &result, &disturbed, error);
        if (status == GF_OK && gf_result_outcome(result) == GF_OUTCOME_UNSUPPORTED)
            return GF_OK;
        if (status == GF_OK)
            status = take_result(comparison->problem, result, text, disturbed, &fastest, error);
        if (status == GF_OK)
            (void)gf_ceilings_raise_by_result(&profile->ceilings, comparison->problem, result);
        if (i > 0 && fastest.spread <= GF_WIDE_SPREAD && !fastest.disturbed)
            break;
    }
    return status == GF_OK ? gf_profile_add_case(profile, &fastest, error) : status;
}

/* `profile` NULL: runs the case once and drops the result. */
static gf_status measure_case(const gf_context *context, const gf_target *target,
                              const gf_params *like, const char *text, gf_profile *profile,
                              gf_error *error) {
    gf_params *params = NULL;
    gf_comparison *comparison = NULL;
    const gf_result *result = NULL;
    gf_status status = make_params(like, text, &params, error);
    if (status == GF_OK)
        status =
            gf_comparison_create(context->session, params, context->options, &comparison, error);
    if (status == GF_OK)
        status = profile == NULL ? gf_comparison_run(comparison, target, &result, error)
                                 : run_repeatedly(profile, comparison, target, text, error);
    gf_comparison_destroy(comparison);
    gf_params_destroy(params);
    return status;
}

static gf_status spread_threads(const gf_context *context, const gf_target *target,
                                const gf_params *like, gf_error *error) {
    gf_run_options options = *context->options;
    options.min_time_s = SPREAD_THREADS_S;
    options.max_samples = UINT32_MAX;
    return measure_case(&(gf_context){context->session, &options}, target, like,
                        cases_of(gf_params_workload(like))[0], NULL, error);
}

gf_status gf_profile_measure_cases(const gf_context *context, gf_device *device,
                                   const char *variant, const gf_params *params,
                                   gf_profile *profile, gf_error *error) {
    gf_run_options options = *context->options;
    options.warmup = 1;
    options.repeat = SAMPLES;
    options.min_time_s = SAMPLE_TIME_S;
    options.max_samples = MAX_SAMPLES;
    options.search = device->backend->prompt; /* as in the runs that are predicted */
    options.pipeline = true;
    options.tuning = NULL;
    const gf_context runs = {context->session, &options};
    const gf_target target = {device, variant, "calibration"};
    if (gf_profile_missing_cases(profile, variant, params) == 0)
        return GF_OK;
    gf_status status = spread_threads(&runs, &target, params, error);
    for (const char *const *text = cases_of(gf_params_workload(params));
         status == GF_OK && *text != NULL; text++) {
        if (!is_measured(profile, variant, params, *text))
            status = measure_case(&runs, &target, params, *text, profile, error);
    }
    return status;
}
