#include "interrupt.h"
#include "job.h"
#include "options/message.h"
#include "verbs/verbs.h"

static const cli_option calibration_options[] = {
    CLI_OPTION(CLI_FLAG, "quick", 0, quick, NULL,
               "skip the cases of the workloads; predictions measure those that they need"),
    CLI_OPTION(CLI_FLAG, "show", 0, show, NULL, "show the stored profiles and measure nothing"),
};
static const cli_group calibration_group = CLI_GROUP("Calibration", calibration_options);

/* Says how long it will take, on stderr as other announcements, and the notes on stored profiles,
 * which the report will lack. */
static void announce(struct job *job, const gf_calibration *calibration) {
    const size_t devices = gf_calibration_device_count(calibration);
    progress_hide(job->progress);
    for (size_t i = 0; i < gf_calibration_replaced_count(calibration); i++)
        fprintf(stderr, "gpufare: %s\n", gf_calibration_note(calibration, i));
    fprintf(stderr, "gpufare: calibrating %zu device%s; about %.0f s\n", devices,
            devices == 1 ? "" : "s", gf_calibration_seconds(calibration));
    progress_show(job->progress);
}

static gf_status measure_devices(struct job *job, gf_calibration *calibration, gf_error *error) {
    if (!job->settings.quiet)
        announce(job, calibration);
    return gf_calibration_measure(calibration, error);
}

static gf_status calibrate(struct job *job, gf_error *error) {
    const struct settings *settings = &job->settings;
    if (settings->quick && settings->show)
        return message_set(error, GF_USAGE,
                           "--quick: limits what is measured, and --show measures nothing; leave "
                           "one out");
    if (settings->quick && job->workload != NULL)
        return message_set(error, GF_USAGE,
                           "--quick: skips the cases of workloads, and %s is one; leave one out",
                           gf_workload_name(job->workload));
    gf_calibration *calibration = NULL;
    gf_status status = job_open_session(job, error);
    job->progress = progress_start("calibrating", settings->quiet);
    const gf_run_options options = job_run_options(job);
    if (status == GF_OK)
        status = gf_calibration_create(job->session, settings->device, job->workload,
                                       !settings->quick, &options, &calibration, error);
    if (status == GF_OK && !settings->show)
        status = measure_devices(job, calibration, error);
    if (status == GF_OK)
        status = interrupt_check(error);
    const struct report_subject subject = {.calibration = calibration};
    if (status == GF_OK) {
        status = job_report(job, GF_CALIBRATION_SCHEMA, subject, error);
        if (status == GF_OK)
            status = job_check_drivers(job, error);
    } else if (calibration != NULL) {
        job_report_cut_short(job, GF_CALIBRATION_SCHEMA, subject,
                             (struct job_rest){gf_calibration_measured_count(calibration),
                                               gf_calibration_device_count(calibration), "devices",
                                               error});
    }
    gf_calibration_destroy(calibration);
    return status;
}

static const cli_group *const groups[] = {&settings_device_group, &settings_driver_group,
                                          &calibration_group, &settings_report_group, NULL};
const cli_command calibrate_command = {
    "calibrate",
    "[WORKLOAD] [options]",
    "Measure the profiles that predictions start from, on every device, and save them",
    groups,
    settings_defaults,
    CLI_OPTIONAL,
    calibrate,
    CLI_RANKS_FIRST};
