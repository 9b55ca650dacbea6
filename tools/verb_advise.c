#include "job.h"
#include "report_files.h"
#include "verbs.h"

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
};
static const cli_group prediction_group = {
    "Prediction", prediction_options, sizeof prediction_options / sizeof prediction_options[0]};

static const cli_group *const groups[] = {&settings_device_group, &prediction_group,
                                          &settings_measure_group, &settings_report_group, NULL};
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
        status = job_run(job, &job->selection.choices[i], &result, error);
    }
    return status == GF_OK ? gf_advice_check(advice, error) : status;
}

static gf_status report(struct job *job, const gf_advice *advice, gf_error *error) {
    progress_stop(job->progress);
    job->progress = NULL;
    const gf_status status = report_files_write(&job->settings, job->table, "gpufare.advise/1",
                                                write_report, advice, error);
    if (status != GF_OK || !job->settings.check)
        return status;
    return gf_comparison_status(job->comparison, error);
}

static gf_status advise(struct job *job, gf_error *error) {
    gf_advice *advice = NULL;
    gf_status status = gf_advice_create(job->comparison, &job->selection,
                                        job->settings.device_model, &advice, error);
    if (status == GF_OK && job->settings.check)
        status = check(job, advice, error);
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
