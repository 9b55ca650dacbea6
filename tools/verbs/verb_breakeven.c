#include <math.h>
#include <string.h>

#include "interrupt.h"
#include "job.h"
#include "options/message.h"
#include "os/atomic_file.h"
#include "standard_output.h"
#include "verbs/verbs.h"

static const cli_option sweep_options[] = {
    CLI_OPTION(
        CLI_TEXT, "sweep", 0, sweep, "NAME=LO:HI[:xF|:+D]",
        "what varies: a number of the workload, or threads; each value F times the one before "
        "(2 without it), or D more; sizes N or WxH",
        .once = true),
    CLI_OPTION(CLI_FLAG, "predict-only", 0, predict_only, NULL,
               "run nothing at the values of the sweep"),
    CLI_OPTION(CLI_FLAG, "no-predict", 0, no_predict, NULL,
               "measure only; no profile of the devices is needed"),
    CLI_OPTION(CLI_TEXT, "device-model", 0, device_model, "FILE",
               "predict the devices of this file, too, which `gpufare calibrate --json` wrote on "
               "another machine"),
};
static const cli_group sweep_group = CLI_GROUP("Sweep", sweep_options);

static const cli_option plot_options[] = {
    CLI_OPTION(CLI_TEXT, "svg", 0, svg, "FILE", "draw the curves as SVG"),
    CLI_OPTION(CLI_TEXT, "png", 0, png, "FILE", "draw the curves as PNG"),
};
static const cli_group plot_group = CLI_GROUP("Plots", plot_options);

/* ---- Checks before any work -------------------------------------------- */

static gf_status check_plots(const struct settings *settings, gf_error *error) {
    if (settings->svg == NULL && settings->png == NULL)
        return GF_OK;
    const gf_status status = gf_plot_check(error);
    if (status != GF_OK)
        message_add_option(error, settings->svg != NULL ? "svg" : "png");
    return status;
}

static gf_status check_threads(const struct settings *settings, gf_error *error) {
    if (settings->threads != 0)
        return message_set(error, GF_USAGE,
                           "--threads and --sweep threads=... both set the threads; leave one out");
    if (settings->predict_only || settings->device_model != NULL)
        return message_set(error, GF_USAGE,
                           "--%s: a sweep of threads is measured, not predicted; leave it out",
                           settings->predict_only ? "predict-only" : "device-model");
    return GF_OK;
}

/* Conflicts between options, before the sweep is parsed. */
static gf_status check_options(const struct job *job, gf_error *error) {
    const struct settings *settings = &job->settings;
    if (settings->sweep == NULL)
        return message_set(error, GF_USAGE,
                           "breakeven: what varies? give --sweep NAME=LO:HI, such as --sweep "
                           "size=64:8192; `gpufare breakeven %s --help` lists the names",
                           gf_workload_name(job->workload));
    if (settings->predict_only && settings->no_predict)
        return message_set(error, GF_USAGE,
                           "--predict-only and --no-predict leave nothing; leave one out");
    if (settings->no_predict && settings->device_model != NULL)
        return message_set(error, GF_USAGE,
                           "--device-model: a device that is not here can only be predicted; "
                           "leave --no-predict out");
    return check_plots(settings, error);
}

/* ---- Devices ----------------------------------------------------------- */

/* Only the native path takes its threads from the sweep. */
static gf_status keep_native(struct job *job, gf_error *error) {
    gf_target_list *targets = &job->selection;
    size_t kept = 0;
    for (size_t i = 0; i < targets->count; i++) {
        const gf_device_info *info = gf_device_get_info(targets->targets[i].device);
        if (info->device_class == GF_CLASS_NATIVE)
            targets->targets[kept++] = targets->targets[i];
        else if (job->settings.device != NULL)
            return message_set(error, GF_USAGE,
                               "--device %s: %s takes no threads from gpufare; a sweep of threads "
                               "needs native devices",
                               job->settings.device, info->id);
    }
    targets->count = kept;
    return kept > 0 ? GF_OK : message_set(error, GF_NO_DEVICE, "no native device is selected");
}

/* Opens a session and selects devices, with the variants that are best at the last value, so that
 * each curve is of one kernel. `threads`: of a sweep of threads, else 0. */
static gf_status select_devices(struct job *job, const gf_breakeven *breakeven, uint32_t threads,
                                gf_error *error) {
    const gf_run_options options = job_run_options(job);
    const size_t last = gf_breakeven_value_count(breakeven) - 1;
    gf_comparison *comparison = NULL;
    if (threads > 0)
        job->settings.threads = threads;
    gf_status status = job_open_session(job, error);
    if (status == GF_OK)
        status = gf_comparison_create(job->session, gf_breakeven_params(breakeven, last), &options,
                                      &comparison, error);
    if (status == GF_OK &&
        !job->settings.predict_only) /* which variant is the fastest is measured */
        status = gf_comparison_make_inputs(comparison, error);
    if (status == GF_OK)
        status = gf_session_select(job->session, job->workload, job->settings.device, GF_PICK_MANY,
                                   &job->selection, error);
    if (status == GF_OK && threads > 0)
        status = keep_native(job, error);
    if (status == GF_OK)
        status = gf_comparison_resolve_targets(comparison, &job->selection, error);
    gf_comparison_destroy(comparison);
    return status;
}

/* In a sweep of threads the largest number comes first, so that one that is refused is refused
 * before anything is measured; the session's error about threads is then one about the sweep. */
static gf_status select_first(struct job *job, const gf_breakeven *breakeven, gf_error *error) {
    const uint32_t threads =
        gf_breakeven_threads(breakeven, gf_breakeven_value_count(breakeven) - 1);
    const gf_status status = select_devices(job, breakeven, threads, error);
    if (threads > 0 && strcmp(error->parameter, "threads") == 0)
        return message_set(error, status, "--sweep %s: %.400s", job->settings.sweep, error->text);
    return status;
}

static void close_session(struct job *job) {
    gf_target_list_clear(&job->selection);
    gf_session_close(job->session);
    job->session = NULL;
}

/* ---- Predicting and measuring ------------------------------------------ */

static gf_status predict(struct job *job, gf_breakeven *breakeven, gf_error *error) {
    const gf_run_options options = job_run_options(job);
    return gf_breakeven_predict(breakeven, job->session, &job->selection,
                                job->settings.device_model, &options, error);
}

/* A shorter measurement needs no announcement. */
#define ANNOUNCED_S 1

/* Says how long it takes, on stderr as other announcements. */
static void announce(struct job *job, const gf_breakeven *breakeven) {
    const gf_run_options options = job_run_options(job);
    const size_t values = gf_breakeven_value_count(breakeven), devices = job->selection.count;
    bool at_least = false;
    const double seconds = gf_breakeven_seconds(breakeven, &job->selection, &options, &at_least);
    if (job->settings.quiet || seconds < ANNOUNCED_S)
        return;
    progress_hide(job->progress);
    fprintf(stderr, "gpufare: measuring %zu values on %zu device%s; %s %.0f s\n", values, devices,
            devices == 1 ? "" : "s", at_least ? "at least" : "about", ceil(seconds));
    progress_show(job->progress);
}

/* Writes to stdout at once, if the table is wanted: the heading before anything is measured, then
 * the rows of each value. `rows` NULL: the heading. */
static gf_status show(struct job *job, const gf_breakeven *breakeven, const size_t *rows,
                      gf_error *error) {
    if (!settings_table_wanted(&job->settings))
        return GF_OK;
    const gf_report_style style = settings_style(&job->settings, NULL);
    progress_hide(job->progress);
    gf_status status = rows == NULL
                           ? gf_breakeven_report_heading(breakeven, &style, stdout, error)
                           : gf_breakeven_report_value(breakeven, *rows, &style, stdout, error);
    if (status == GF_OK || ferror(stdout) != 0) /* its message says why stdout failed */
        status = standard_output_flush(error);
    progress_show(job->progress);
    return status;
}

static gf_status measure_value(struct job *job, gf_breakeven *breakeven, size_t index,
                               gf_error *error) {
    const gf_run_options options = job_run_options(job);
    const uint32_t threads = gf_breakeven_threads(breakeven, index);
    char subject[96];
    snprintf(subject, sizeof subject, "%s, %s %s (%zu/%zu)", gf_workload_name(job->workload),
             gf_breakeven_parameter(breakeven), gf_breakeven_value(breakeven, index), index + 1,
             gf_breakeven_value_count(breakeven));
    progress_subject(job->progress, subject);
    gf_status status = GF_OK;
    if (threads > 0) {
        close_session(job);
        status = select_devices(job, breakeven, threads, error);
    }
    if (status == GF_OK)
        status =
            gf_breakeven_measure(breakeven, index, job->session, &job->selection, &options, error);
    return status == GF_OK ? interrupt_check(error) : status;
}

/* ---- Reports ----------------------------------------------------------- */

static gf_status write_plot(const gf_breakeven *breakeven, const char *option, const char *path,
                            gf_plot_format format, gf_error *error) {
    gf_atomic_file *file = NULL;
    if (path == NULL)
        return GF_OK;
    gf_status status = gf_atomic_file_open(path, &file, error);
    if (status != GF_OK)
        return status;
    status = gf_breakeven_plot(breakeven, format, gf_atomic_file_stream(file), error);
    status = gf_atomic_file_close(file, status, error);
    if (status != GF_OK)
        message_add_option(error, option);
    return status;
}

static gf_status report(struct job *job, gf_breakeven *breakeven, gf_error *error) {
    const struct settings *settings = &job->settings;
    progress_stop(&job->progress);
    gf_status status = gf_breakeven_conclude(breakeven, settings->seed, error);
    if (status == GF_OK)
        status = job_report(job, NULL, (struct report_subject){.breakeven = breakeven}, error);
    if (status == GF_OK)
        status = write_plot(breakeven, "svg", settings->svg, GF_PLOT_SVG, error);
    if (status == GF_OK)
        status = write_plot(breakeven, "png", settings->png, GF_PLOT_PNG, error);
    if (status == GF_OK)
        status = gf_breakeven_status(breakeven, error);
    return status == GF_OK ? job_check_drivers(job, error) : status;
}

/* ---- The command ------------------------------------------------------- */

static gf_status sweep_all(struct job *job, gf_breakeven **breakeven, gf_error *error) {
    const struct settings *settings = &job->settings;
    gf_status status = check_options(job, error);
    if (status == GF_OK)
        status = gf_breakeven_create(job->params, settings->sweep, breakeven, error);
    const bool of_threads = status == GF_OK && gf_breakeven_threads(*breakeven, 0) > 0;
    if (of_threads)
        status = check_threads(settings, error);
    if (status != GF_OK)
        return status;
    job->progress = progress_start(gf_workload_name(job->workload), settings->quiet);
    status = select_first(job, *breakeven, error);
    if (status == GF_OK && !settings->no_predict && !of_threads)
        status = predict(job, *breakeven, error);
    if (status == GF_OK && !settings->predict_only)
        announce(job, *breakeven);
    if (status == GF_OK)
        status = show(job, *breakeven, NULL, error);
    const size_t count = gf_breakeven_value_count(*breakeven);
    size_t done = 0;
    for (size_t i = 0; status == GF_OK && i < count; i++) {
        if (!settings->predict_only)
            status = measure_value(job, *breakeven, i, error);
        if (status == GF_OK)
            status = show(job, *breakeven, &i, error);
        done += status == GF_OK;
    }
    if (status == GF_OK)
        return report(job, *breakeven, error);
    job_report_cut_short(job, NULL, (struct report_subject){.breakeven = *breakeven},
                         (struct job_rest){done, count, "values", error});
    return status;
}

static gf_status find_breakeven(struct job *job, gf_error *error) {
    gf_breakeven *breakeven = NULL;
    const gf_status status = sweep_all(job, &breakeven, error);
    gf_breakeven_destroy(breakeven);
    return status;
}

static const cli_group *const groups[] = {&sweep_group,
                                          &settings_device_group,
                                          &settings_driver_group,
                                          &settings_measure_group,
                                          &plot_group,
                                          &settings_report_group,
                                          NULL};
const cli_command breakeven_command = {
    "breakeven",
    "WORKLOAD --sweep NAME=LO:HI [options]",
    "From which value of a number on, such as the size or the steps, each device wins",
    groups,
    settings_sweep_defaults,
    CLI_WORKLOAD,
    find_breakeven};
