#include "predict/cases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "calibrate/ceilings.h"
#include "measure/comparison.h"
#include "problem/params.h"
#include "problem/parts/fits.h"
#include "problem/problem.h"

/* Enough samples for a median, and few more: a case takes tens of ms in all. */
#define SAMPLES       7
#define SAMPLE_TIME_S 0.02
#define MAX_SAMPLES   300
/* A case runs in two turns, with all other cases between them, because runs close together agree
 * better than later ones: threads stay on their cores, buffers in their places. There is a third
 * turn where the two differ, both spread too far, or other programs took cores in both. */
#define TURNS      2
#define MOST_TURNS 3
/* The mean distance of two values of a normal distribution, as standard deviations. */
#define MEAN_DISTANCE 1.1284
/* New threads share a core until the system spreads them, for about a tenth of a second. Too long
 * to wait in each case: the first case runs for this time before all measurements. */
#define SPREAD_THREADS_S 0.15
/* Where time is short, short round trips are no more than these, which with what is between them
 * take about as long. */
#define FEW_SPREADING 500

static const char *const defaults_alone[] = {"", NULL};

const char *const *gf_workload_cases(const gf_workload *workload) {
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

gf_status gf_case_params(const gf_params *like, const char *text, gf_params **params,
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
    char key[GF_WORKLOAD_KEY];
    gf_workload_key(gf_params_workload(params), key);
    return strcmp(measured->workload, key) == 0 &&
           measured->precision == gf_params_precision(params) &&
           measured->math == gf_params_math(params);
}

const gf_case *gf_profile_find_case(const gf_profile *profile, const char *variant,
                                    const gf_params *like, const char *text) {
    for (size_t i = 0; i < profile->case_count; i++) {
        const gf_case *c = &profile->cases[i];
        if (gf_case_is_like(c, like) && strcmp(c->variant, variant) == 0 &&
            strcmp(c->values, text) == 0)
            return c;
    }
    return NULL;
}

/* All of its turns. */
static bool is_measured(const gf_profile *profile, const char *variant, const gf_params *like,
                        const char *text) {
    const gf_case *found = gf_profile_find_case(profile, variant, like, text);
    return found != NULL && found->turns != 1;
}

bool gf_case_is_offered(const gf_device *device, const char *variant, const gf_problem *problem) {
    const gf_memory_limits limits = {device->info.global_memory_bytes,
                                     device->info.max_alloc_bytes};
    gf_misfit why;
    if (!gf_problem_fits(problem, &limits, &why))
        return false;
    for (size_t i = 0;; i++) {
        const char *name = device->backend->variant(device, problem->workload, problem, i);
        if (name == NULL || strcmp(name, variant) == 0)
            return name != NULL;
    }
}

/* Whether the variant is offered for the case's problem, which the device has room for. A case that
 * can't be made is: measuring it says why. */
static bool is_offered(const gf_device *device, const char *variant, const gf_params *like,
                       const char *text) {
    gf_params *params = NULL;
    gf_problem *problem = NULL;
    gf_error error = GF_ERROR_INIT;
    gf_status status = gf_case_params(like, text, &params, &error);
    if (status == GF_OK)
        status = gf_problem_create(params, &problem, &error);
    const bool offered = status != GF_OK || gf_case_is_offered(device, variant, problem);
    gf_problem_destroy(problem);
    gf_params_destroy(params);
    gf_error_clear(&error);
    return offered;
}

/* A case that the variant is not offered for would be missing for ever. */
static bool is_missing(const gf_profile *profile, const gf_device *device, const char *variant,
                       const gf_params *like, const char *text) {
    return !is_measured(profile, variant, like, text) && is_offered(device, variant, like, text);
}

size_t gf_profile_missing_cases(const gf_profile *profile, const gf_device *device,
                                const char *variant, const gf_params *params) {
    size_t missing = 0;
    for (const char *const *text = gf_workload_cases(gf_params_workload(params)); *text != NULL;
         text++)
        missing += is_missing(profile, device, variant, params, *text);
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
    gf_workload_key(problem->workload, made.workload);
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
    made.build_known = true;
    made.build_ns = gf_result_cold_build_ns(result);
    made.spread = gf_statistics_spread(&result->statistics[GF_PHASE_TOTAL]);
    if (result->device->info.device_class == GF_CLASS_NATIVE)
        made.threads = gf_result_threads(result);
    snprintf(made.variant, sizeof made.variant, "%s", gf_result_variant(result));
    snprintf(made.values, sizeof made.values, "%s", values);
    return made;
}

/* A case and its runs so far. */
typedef struct case_runs {
    const char *text;
    gf_case runs[MOST_TURNS];
    size_t count;
    bool unsupported;
} case_runs;

typedef double (*part_of_case)(const gf_case *);

static double total_of(const gf_case *c) {
    return c->total_ns;
}

static double compute_of(const gf_case *c) {
    return c->launch_ns + c->kernel_ns;
}

static double transfers_of(const gf_case *c) {
    return c->h2d_ns + c->d2h_ns;
}

static double distance(const gf_case *a, const gf_case *b, part_of_case part) {
    return fabs(log(fmax(part(a), 1) / fmax(part(b), 1)));
}

/* Whether two runs are alike, and one of them was steady and one undisturbed. */
static bool agree(const gf_case *a, const gf_case *b) {
    return !(a->disturbed && b->disturbed) && fmin(a->spread, b->spread) <= GF_WIDE_SPREAD &&
           distance(a, b, total_of) <= GF_WIDE_SPREAD;
}

static bool needs_turn(const case_runs *c) {
    if (c->unsupported || c->count == MOST_TURNS)
        return false;
    return c->count < TURNS || !agree(&c->runs[0], &c->runs[1]);
}

/* Drops disturbed runs if there are others, and sorts by total. */
static void sort_runs(case_runs *c) {
    gf_case kept[MOST_TURNS];
    size_t count = 0;
    bool all = true;
    for (size_t i = 0; i < c->count; i++)
        all = all && c->runs[i].disturbed;
    for (size_t i = 0; i < c->count; i++) {
        size_t at = count;
        if (c->runs[i].disturbed && !all)
            continue;
        for (; at > 0 && kept[at - 1].total_ns > c->runs[i].total_ns; at--)
            kept[at] = kept[at - 1];
        kept[at] = c->runs[i];
        count++;
    }
    memcpy(c->runs, kept, count * sizeof *kept);
    c->count = count;
}

/* The standard deviation of the logarithm of a part of the runs; at least a nanosecond, since 0
 * means that it is not known, as of what takes less. */
static double run_deviation(const case_runs *c, part_of_case part) {
    double sum = 0, least = HUGE_VAL;
    size_t pairs = 0;
    for (size_t i = 0; i < c->count; i++) {
        least = fmin(least, part(&c->runs[i]));
        for (size_t k = i + 1; k < c->count; k++, pairs++)
            sum += distance(&c->runs[i], &c->runs[k], part);
    }
    if (pairs == 0 || least <= 1)
        return 0;
    return fmax(sum / (double)pairs / MEAN_DISTANCE, 1 / least);
}

/* The faster of two runs, the middle one of three. */
static gf_status keep_run(gf_profile *profile, case_runs *c, gf_error *error) {
    if (c->count == 0)
        return GF_OK; /* unsupported: no prediction */
    const uint32_t turns = (uint32_t)c->count;
    sort_runs(c);
    gf_case *kept = &c->runs[(c->count - 1) / 2];
    kept->run_deviation = run_deviation(c, total_of);
    kept->compute_deviation = run_deviation(c, compute_of);
    kept->transfer_deviation = run_deviation(c, transfers_of);
    kept->turns = turns;
    return gf_profile_add_case(profile, kept, error);
}

/* Runs a case and adds the result to its runs. */
static gf_status run_case(gf_profile *profile, gf_comparison *comparison, const gf_target *target,
                          case_runs *c, gf_error *error) {
    const gf_result *result = NULL;
    const gf_contention_watch watch = gf_contention_begin(comparison->session->read_contention);
    const gf_status status = gf_comparison_run(comparison, target, &result, error);
    if (status != GF_OK)
        return status;
    const gf_problem *problem = comparison->problem;
    c->unsupported = gf_result_outcome(result) == GF_OUTCOME_UNSUPPORTED;
    if (c->unsupported)
        return GF_OK;
    if (gf_result_outcome(result) != GF_OUTCOME_OK)
        return gf_error_set(error, GF_FAILED, "%s %s on %s: %s", problem->workload->name, c->text,
                            gf_result_label(result), gf_result_reason(result));
    gf_estimate estimate = gf_estimate_of(problem);
    gf_case *added = &c->runs[c->count++];
    *added = case_of_result(problem, &estimate, result, c->text);
    added->disturbed = gf_contention_disturbed(&watch);
    (void)gf_ceilings_raise_by_result(&profile->ceilings, problem, result);
    return GF_OK;
}

/* `profile` NULL: runs the case once and drops the result. */
static gf_status measure_case(const gf_context *context, const gf_target *target,
                              const gf_params *like, gf_kept_comparisons *kept, case_runs *c,
                              gf_profile *profile, gf_error *error) {
    gf_params *params = NULL;
    gf_comparison *comparison = NULL;
    const gf_result *result = NULL;
    gf_status status = gf_case_params(like, c->text, &params, error);
    if (status == GF_OK)
        status = gf_kept_comparisons_take(kept, context, params, c->text, &comparison, error);
    if (status == GF_OK)
        status = profile == NULL ? gf_comparison_run(comparison, target, &result, error)
                                 : run_case(profile, comparison, target, c, error);
    gf_kept_comparisons_give(status == GF_OK ? kept : NULL, c->text, comparison);
    gf_params_destroy(params);
    return status;
}

/* Whatever values its kernel has. */
static gf_status spread_threads(const gf_context *context, const gf_target *target,
                                const gf_params *like, gf_kept_comparisons *kept, const char *first,
                                uint32_t most, gf_error *error) {
    gf_run_options options = *context->options;
    options.min_time_s = SPREAD_THREADS_S;
    options.repeat = 1;
    options.max_samples = most;
    options.search = false;
    case_runs run = {.text = first};
    return measure_case(&(gf_context){context->session, &options}, target, like, kept, &run, NULL,
                        error);
}

/* Measures `count` cases in turns and adds them to the profile. */
static gf_status measure_turns(const gf_context *context, const gf_target *target,
                               const gf_params *like, case_runs *cases, size_t count,
                               gf_profile *profile, gf_error *error) {
    gf_status status =
        spread_threads(context, target, like, NULL, cases[0].text, UINT32_MAX, error);
    for (size_t turn = 0; turn < MOST_TURNS; turn++) {
        for (size_t i = 0; status == GF_OK && i < count; i++) {
            if (needs_turn(&cases[i]))
                status = measure_case(context, target, like, NULL, &cases[i], profile, error);
        }
    }
    for (size_t i = 0; status == GF_OK && i < count; i++)
        status = keep_run(profile, &cases[i], error);
    return status;
}

/* The run that the profile has of a case, if a second one is due. */
static case_runs begin_case(const gf_profile *profile, const char *variant, const gf_params *like,
                            const char *text) {
    case_runs begun = {.text = text};
    const gf_case *found = gf_profile_find_case(profile, variant, like, text);
    if (found != NULL)
        begun.runs[begun.count++] = *found;
    return begun;
}

static gf_run_options case_options(const gf_context *context, const gf_device *device) {
    gf_run_options options = *context->options;
    options.warmup = 1;
    options.repeat = SAMPLES;
    options.min_time_s = SAMPLE_TIME_S;
    options.max_samples = MAX_SAMPLES;
    options.search = device->backend->prompt; /* as in the runs that are predicted */
    options.pipeline = true;
    options.watch = false; /* each case is watched as a whole */
    options.tuning = NULL;
    return options;
}

gf_status gf_profile_measure_cases(const gf_context *context, gf_device *device,
                                   const char *variant, const gf_params *params,
                                   gf_profile *profile, gf_error *error) {
    const gf_run_options options = case_options(context, device);
    const gf_context runs = {context->session, &options};
    const gf_target target = {device, variant, "calibration"};
    const size_t missing = gf_profile_missing_cases(profile, device, variant, params);
    if (missing == 0)
        return GF_OK;
    case_runs *cases = calloc(missing, sizeof *cases);
    if (cases == NULL)
        return gf_error_no_memory(error, "calibration cases", missing * sizeof *cases);
    size_t count = 0;
    for (const char *const *text = gf_workload_cases(gf_params_workload(params)); *text != NULL;
         text++) {
        if (is_missing(profile, device, variant, params, *text))
            cases[count++] = begin_case(profile, variant, params, *text);
    }
    const gf_status status = measure_turns(&runs, &target, params, cases, count, profile, error);
    free(cases);
    return status;
}

gf_status gf_profile_measure_turn(const gf_context *context, gf_device *device,
                                  const gf_case_turn *turn, const gf_params *params,
                                  gf_profile *profile, gf_error *error) {
    const gf_run_options options = case_options(context, device);
    const gf_context runs = {context->session, &options};
    const gf_target target = {device, turn->variant, "calibration"};
    case_runs c = begin_case(profile, turn->variant, params, turn->text);
    gf_status status = GF_OK;
    if (turn->spread_threads)
        status =
            spread_threads(&runs, &target, params, turn->kept, turn->text, FEW_SPREADING, error);
    do {
        if (status == GF_OK)
            status = measure_case(&runs, &target, params, turn->kept, &c, profile, error);
    } while (status == GF_OK && c.count >= TURNS && needs_turn(&c));
    return status == GF_OK ? keep_run(profile, &c, error) : status;
}
