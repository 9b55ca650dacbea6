#include "interrupt.h"
#include "options/message.h"
#include "progress.h"
#include "report_files.h"
#include "verbs/verbs.h"

struct calibrate_settings {
    struct settings common;
    bool quick, show;
};

static const cli_option calibration_options[] = {
    {.name = "quick",
     .kind = CLI_FLAG,
     .offset = offsetof(struct calibrate_settings, quick),
     .help = "leave out the cases of the workloads; predictions measure those that they need"},
    {.name = "show",
     .kind = CLI_FLAG,
     .offset = offsetof(struct calibrate_settings, show),
     .help = "show what is kept and measure nothing"},
};
static const cli_group calibration_group = {"Calibration", calibration_options, 2};

/* `common` comes first, so that the shared tables' offsets hold. */
_Static_assert(offsetof(struct calibrate_settings, common) == 0, "settings come first");

static const cli_group *const groups[] = {&settings_device_group, &calibration_group,
                                          &settings_report_group, NULL};
const cli_command calibrate_command = {
    "calibrate",
    "[options]",
    "Measure what predictions start from, on every device, and keep it",
    groups,
    &settings_default,
    false};

static gf_status write_report(FILE *stream, gf_format format, const gf_report_style *style,
                              const void *subject, gf_error *error) {
    return gf_calibration_report(subject, format, style, stream, error);
}

/* Those that the report will lack. */
static void print_notes(const gf_calibration *calibrator) {
    for (size_t i = 0; i < gf_calibration_replaced_count(calibrator); i++)
        printf("note: %s\n", gf_calibration_note(calibrator, i));
}

/* How long it will take, and what it replaces. */
static void announce(const gf_calibration *calibrator) {
    const size_t devices = gf_calibration_device_count(calibrator);
    print_notes(calibrator);
    printf("calibrating %zu device%s: about %.0f s\n\n", devices, devices == 1 ? "" : "s",
           gf_calibration_seconds(calibrator));
    fflush(stdout); /* it is wanted now; a failure is noticed when the report is flushed */
}

static gf_status calibrate(const struct calibrate_settings *settings, gf_session *session,
                           gf_error *error) {
    const bool table = !settings->common.quiet && !settings_stdout_taken(&settings->common);
    struct progress *progress = progress_start("calibrating", settings->common.quiet);
    gf_run_options options = GF_RUN_OPTIONS_DEFAULT;
    options.cancel = interrupt_flag();
    options.progress = progress_update;
    options.progress_context = progress;
    gf_calibration *calibrator = NULL;
    gf_status status = gf_calibration_create(session, settings->common.device, !settings->quick,
                                             &options, &calibrator, error);
    if (status == GF_OK && !settings->show) {
        if (table)
            announce(calibrator);
        status = gf_calibration_measure(calibrator, error);
    }
    progress_stop(progress);
    if (status == GF_OK)
        status = interrupt_check(error);
    if (status == GF_OK)
        status = report_files_write(&settings->common, table, GF_CALIBRATION_SCHEMA, write_report,
                                    calibrator, error);
    gf_calibration_destroy(calibrator);
    return status;
}

static gf_status open_and_calibrate(const struct calibrate_settings *settings, gf_error *error) {
    const gf_session_options options = {(uint32_t)settings->common.threads, settings->common.isa};
    gf_session *session = NULL;
    gf_status status = gf_session_open(&options, &session, error);
    if (status == GF_OK)
        status = calibrate(settings, session, error);
    gf_session_close(session);
    return status;
}

static gf_status check_options(const struct calibrate_settings *settings, gf_error *error) {
    if (settings->quick && settings->show)
        return message_set(error, GF_USAGE,
                           "--quick: says what is measured, and --show measures nothing; leave one "
                           "out");
    return settings_check(&settings->common, error);
}

gf_status verb_calibrate(int argc, char **argv, gf_error *error) {
    struct calibrate_settings settings = {.common = settings_default};
    cli_request request = {0};
    gf_status status = cli_parse(&calibrate_command, argc, argv, &settings, &request, error);
    if (status == GF_OK && !request.answered) {
        status = cli_no_operands(&calibrate_command, &request, error);
        if (status == GF_OK)
            status = check_options(&settings, error);
        interrupt_install();
        if (status == GF_OK)
            status = open_and_calibrate(&settings, error);
    }
    cli_request_clear(&request);
    return status;
}
