#include "job.h"
#include "verbs/verbs.h"

static const cli_option prediction_options[] = {
    CLI_OPTION(CLI_FLAG, "check", 0, check, NULL,
               "then measure every device as compare does, print predicted and measured times, and "
               "save the errors for later verdicts"),
    CLI_OPTION(CLI_REAL, "budget", 0, budget_s, "SECONDS",
               "how long until the prediction is made, with what must be measured for it first; a "
               "later one measures on. 0: until nothing is missing",
               .max = 86400),
    CLI_OPTION(CLI_FLAG, "permute", 0, permute, NULL,
               "then run every device with the items in order and shuffled, in turns: the cost of "
               "divergence, predicted and measured"),
};
static const cli_group prediction_group = CLI_GROUP("Prediction", prediction_options);

/* Predicting itself takes a moment after measuring. */
#define PREDICTING_S 0.3

static gf_status create_advice(struct job *job, gf_advice **advice, gf_error *error) {
    const struct settings *settings = &job->settings;
    if (settings->budget_s <= 0)
        return gf_advice_create(job->comparison, &job->selection, settings->device_model, advice,
                                error);
    const double left_s = settings->budget_s - job_seconds(job) - PREDICTING_S;
    return gf_advice_create_within(job->comparison, &job->selection, settings->device_model, left_s,
                                   advice, error);
}

/* Measures every selected device and compares the results with their predictions. What was measured
 * before a failure is compared and reported. */
static gf_status check_predictions(struct job *job, gf_advice *advice, gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < job->selection.count; i++) {
        const gf_result *result = NULL;
        status = job_run(job, &job->selection.targets[i], &result, error);
    }
    if (status == GF_OK || gf_comparison_result_count(job->comparison) == 0)
        return status == GF_OK ? gf_advice_check(advice, error) : status;
    gf_error ignored = GF_ERROR_INIT; /* the failure counts */
    (void)gf_advice_check(advice, &ignored);
    gf_error_clear(&ignored);
    job_report_cut_short(job, "gpufare.advise/1", (struct report_subject){.advice = advice},
                         (struct job_rest){gf_comparison_result_count(job->comparison),
                                           job->selection.count, "devices", error});
    return status;
}

static gf_status report(struct job *job, const gf_advice *advice, gf_error *error) {
    gf_status status =
        job_report(job, "gpufare.advise/1", (struct report_subject){.advice = advice}, error);
    if (status == GF_OK && job->settings.check)
        status = gf_comparison_status(job->comparison, error);
    if (status == GF_OK && job->settings.permute)
        status = gf_advice_permute_status(advice, error);
    return status == GF_OK ? job_check_drivers(job, error) : status;
}

/* After the check, so that the CPU's time is a measured one if there is one. */
static gf_status bound_models(struct job *job, gf_advice *advice, gf_error *error) {
    struct job_bounds bounds;
    gf_status status = job_bound_options(job, &bounds, error);
    if (status == GF_OK && bounds.wanted)
        status = gf_advice_bound(advice, &bounds.options, error);
    return status;
}

static gf_status advise(struct job *job, gf_error *error) {
    gf_advice *advice = NULL;
    const struct settings *settings = &job->settings;
    gf_status status = job_open_comparison(job, GF_PICK_MANY, error);
    if (status == GF_OK && settings->permute)
        status = gf_comparison_check_permute(job->comparison, error);
    if (status == GF_OK)
        status = create_advice(job, &advice, error);
    if (status == GF_OK && settings->check)
        status = check_predictions(job, advice, error);
    if (status == GF_OK && settings->permute)
        status = gf_advice_permute(advice, &job->selection, error);
    if (status == GF_OK && settings->divergence_map != NULL)
        status = gf_comparison_write_divergence(job->comparison, settings->lane_group,
                                                settings->divergence_map, error);
    if (status == GF_OK)
        status = bound_models(job, advice, error);
    if (status == GF_OK)
        status = report(job, advice, error);
    gf_advice_destroy(advice);
    return status;
}

static const cli_group *const groups[] = {&settings_device_group,
                                          &settings_driver_group,
                                          &settings_memory_group,
                                          &settings_models_group,
                                          &prediction_group,
                                          &settings_measure_group,
                                          &settings_divergence_group,
                                          &settings_bundle_group,
                                          &settings_page_group,
                                          &settings_prediction_group,
                                          NULL};
const cli_command advise_command = {
    "advise",
    "WORKLOAD [options]",
    "Predict a workload on every device, before it runs: checklist, verdict, what would flip it",
    groups,
    settings_advise_defaults,
    CLI_WORKLOAD,
    advise,
    CLI_RANKS_FIRST};
