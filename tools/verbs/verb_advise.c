#include "job.h"
#include "report_files.h"
#include "verbs/verbs.h"

static const cli_option prediction_options[] = {
    {.name = "device-model",
     .kind = CLI_TEXT,
     .offset = offsetof(struct settings, device_model),
     .placeholder = "FILE",
     .help = "predict for the devices of this file, too: profiles that `gpufare calibrate --json "
             "FILE` wrote on another machine"},
    {.name = "check",
     .kind = CLI_FLAG,
     .offset = offsetof(struct settings, check),
     .help = "then measure every device as compare does, print predicted beside measured, and keep "
             "the errors for later verdicts"},
    {.name = "permute",
     .kind = CLI_FLAG,
     .offset = offsetof(struct settings, permute),
     .help =
         "then run every device with the items in order and shuffled, in turns: what divergence "
         "costs, predicted beside measured"},
};
static const cli_group prediction_group = {
    "Prediction", prediction_options, sizeof prediction_options / sizeof prediction_options[0]};

static const cli_group *const groups[] = {&settings_device_group,  &prediction_group,
                                          &settings_measure_group, &settings_divergence_group,
                                          &settings_report_group,  NULL};
const cli_command advise_command = {
    "advise",
    "WORKLOAD [options]",
    "Predict a workload on every device, before it runs: checklist, verdict, what would flip it",
    groups,
    &settings_advise_default,
    true};

static gf_status write_report(FILE *stream, gf_format format, const gf_report_style *style,
                              const void *subject, gf_error *error) {
    return gf_advice_report(subject, format, style, stream, error);
}

/* Measures every selected device and sets the results beside their predictions. */
static gf_status check(struct job *job, gf_advice *advice, gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < job->selection.count; i++) {
        const gf_result *result = NULL;
        status = job_run(job, &job->selection.targets[i], &result, error);
    }
    return status == GF_OK ? gf_advice_check(advice, error) : status;
}

static gf_status report(struct job *job, const gf_advice *advice, gf_error *error) {
    progress_stop(job->progress);
    job->progress = NULL;
    gf_status status = report_files_write(&job->settings, job->table, "gpufare.advise/1",
                                          write_report, advice, error);
    if (status == GF_OK && job->settings.check)
        status = gf_comparison_status(job->comparison, error);
    if (status == GF_OK && job->settings.permute)
        status = gf_advice_permute_status(advice, error);
    return status;
}

static gf_status advise(struct job *job, gf_error *error) {
    gf_advice *advice = NULL;
    const struct settings *settings = &job->settings;
    gf_status status = GF_OK;
    if (settings->permute)
        status = gf_comparison_check_permute(job->comparison, error);
    if (status == GF_OK)
        status = gf_advice_create(job->comparison, &job->selection, settings->device_model, &advice,
                                  error);
    if (status == GF_OK && settings->check)
        status = check(job, advice, error);
    if (status == GF_OK && settings->permute)
        status = gf_advice_permute(advice, &job->selection, error);
    if (status == GF_OK && settings->divergence_map != NULL)
        status = gf_comparison_write_divergence(job->comparison, settings->lane_group,
                                                settings->divergence_map, error);
    if (status == GF_OK)
        status = report(job, advice, error);
    gf_advice_destroy(advice);
    return status;
}

gf_status verb_advise(int argc, char **argv, gf_error *error) {
    struct job job = {0};
    gf_status status = job_open(&advise_command, GF_PICK_MANY, argc, argv, &job, error);
    if (status == GF_OK && !job.request.answered)
        status = advise(&job, error);
    job_close(&job);
    return status;
}
