#include <math.h>
#include <string.h>

#include "base/text.h"
#include "export_files.h"
#include "interrupt.h"
#include "job.h"
#include "options/message.h"
#include "options/ranks/rank_options.h"
#include "os/atomic_file.h"
#include "verbs/ranks_job.h"
#include "verbs/verbs.h"

static const cli_option sweep_options[] = {
    CLI_OPTION(
        CLI_TEXT, "sweep", 0, sweeps, "NAME=LO:HI[:xF|:+D]",
        "what varies: a number of the workload, threads, or, under mpirun, ranks; each value F times the one before "
        "(2 without it), or D more; sizes N or WxH; given twice, the first sweep is repeated at "
        "each value of the second",
        .most = 2, .values = CLI_NUMBERS),
    CLI_OPTION(CLI_FLAG, "predict-only", 0, predict_only, NULL,
               "run nothing at the values of the sweep"),
    CLI_OPTION(CLI_FLAG, "no-predict", 0, no_predict, NULL,
               "measure only; no profile of the devices is needed"),
};
static const cli_group sweep_group = CLI_GROUP("Sweep", sweep_options);

static const cli_option plot_options[] = {
    CLI_OPTION(CLI_TEXT, "svg", 0, svg, "FILE", "draw the curves as SVG"),
    CLI_OPTION(CLI_TEXT, "png", 0, png, "FILE", "draw the curves as PNG"),
};
static const cli_option export_options[] = {
    CLI_OPTION(CLI_TEXT, "export", 0, export_path, "NAME",
               "write the measured thresholds for a program of your own: NAME.json, and NAME.h "
               "with the C function NAME_on_device; may begin with a folder"),
};
static const cli_group export_group = CLI_GROUP("Your own program", export_options);

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

/* Models have bounds without a prediction; profiles are for nothing else. What can't be read is a
 * file of profiles here. */
static gf_status check_models(const struct settings *settings, gf_error *error) {
    bool has_models = false, has_profiles = false;
    gf_error unused = GF_ERROR_INIT;
    if (!settings->no_predict || settings->device_model == NULL)
        return GF_OK;
    const gf_status status =
        gf_device_model_check(settings->device_model, &has_models, &has_profiles, &unused);
    if (status != GF_OK && !has_profiles) {
        *error = unused;
        return status;
    }
    gf_error_clear(&unused);
    return has_profiles ? message_set(error, GF_USAGE,
                                      "--device-model: a device that is not here can only be "
                                      "predicted; leave --no-predict out")
                        : GF_OK;
}

/* Conflicts between options, before the sweep is parsed. */
static gf_status check_options(const struct job *job, gf_error *error) {
    const struct settings *settings = &job->settings;
    if (settings->sweeps[0] == NULL)
        return message_set(error, GF_USAGE,
                           "breakeven: what varies? give --sweep NAME=LO:HI, such as --sweep "
                           "size=64:8192; `gpufare breakeven %s --help` lists the names",
                           gf_workload_name(job->workload));
    if (settings->predict_only && settings->no_predict)
        return message_set(error, GF_USAGE,
                           "--predict-only and --no-predict leave nothing; leave one out");
    gf_status status = check_models(settings, error);
    if (status == GF_OK)
        status = check_plots(settings, error);
    return status == GF_OK ? export_files_check(settings, error) : status;
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

/* The line at the last value of a second sweep, or the only one. */
static gf_breakeven *last_line(const gf_breakeven_lines *lines) {
    return gf_breakeven_lines_at(lines, gf_breakeven_lines_count(lines) - 1);
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
static gf_status select_first(struct job *job, const gf_breakeven_lines *lines, gf_error *error) {
    const gf_breakeven *breakeven = last_line(lines);
    const uint32_t threads =
        gf_breakeven_threads(breakeven, gf_breakeven_value_count(breakeven) - 1);
    const gf_status status = select_devices(job, breakeven, threads, error);
    if (threads > 0 && strcmp(error->parameter, "threads") == 0)
        return message_set(error, status, "--sweep %s: %.400s", job->settings.sweeps[0],
                           error->text);
    if (status != GF_OK || job->settings.export_path == NULL)
        return status;
    return gf_breakeven_lines_check_export(lines, &job->selection, error);
}

static void close_session(struct job *job) {
    gf_target_list_clear(&job->selection);
    gf_session_close(job->session);
    job->session = NULL;
}

/* ---- Predicting and measuring ------------------------------------------ */

static gf_status predict(struct job *job, const gf_breakeven_lines *lines, gf_error *error) {
    const gf_run_options options = job_run_options(job);
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < gf_breakeven_lines_count(lines); i++)
        status = gf_breakeven_predict(gf_breakeven_lines_at(lines, i), job->session,
                                      &job->selection, job->settings.device_model, &options, error);
    return status;
}

/* Values of all lines. */
static size_t count_values(const gf_breakeven_lines *lines) {
    return gf_breakeven_lines_count(lines) *
           gf_breakeven_value_count(gf_breakeven_lines_at(lines, 0));
}

/* A shorter measurement needs no announcement. */
#define ANNOUNCED_S 1

/* Says how long it takes, on stderr as other announcements. */
static void announce(struct job *job, const gf_breakeven_lines *lines) {
    const gf_run_options options = job_run_options(job);
    const size_t devices = job->selection.count;
    bool at_least = false;
    double seconds = 0;
    for (size_t i = 0; i < gf_breakeven_lines_count(lines); i++) {
        bool lower_bound = false;
        seconds += gf_breakeven_seconds(gf_breakeven_lines_at(lines, i), &job->selection, &options,
                                        &lower_bound);
        at_least = at_least || lower_bound;
    }
    if (job->settings.quiet || seconds < ANNOUNCED_S)
        return;
    progress_hide(job->progress);
    fprintf(stderr, "gpufare: measuring %zu values on %zu device%s; %s %.0f s\n",
            count_values(lines), devices, devices == 1 ? "" : "s", at_least ? "at least" : "about",
            ceil(seconds));
    progress_show(job->progress);
}

/* A value of a line. */
struct place {
    size_t line, value;
};

/* Says on a terminal what a value took, as soon as it is known: the report, whose first line is
 * the answer, comes when all are. */
static void show_times(struct job *job, const gf_breakeven *line, size_t value) {
    char buffer[512];
    gf_breakeven_result result;
    gf_text text = gf_text_in(buffer, sizeof buffer);
    if (job->settings.quiet || (job->progress == NULL && !job->settings.verbose))
        return;
    for (size_t i = 0; gf_breakeven_get_result(line, i, &result); i++) {
        const gf_statistics time = gf_breakeven_time(line, i, value);
        if (time.count > 0)
            gf_text_add(&text, "%s%s %.3f ms", text.used == 0 ? "" : ", ", result.label,
                        (double)time.median_ns * 1e-6);
    }
    progress_hide(job->progress);
    fprintf(stderr, "gpufare: %s %s: %s\n", gf_breakeven_parameter(line),
            gf_breakeven_value(line, value), text.used == 0 ? "no time" : buffer);
    progress_show(job->progress);
}

/* "julia, max-iter 20, size 64x64 (3/12)" */
static void name_subject(struct job *job, const gf_breakeven_lines *lines, struct place place) {
    const gf_breakeven *line = gf_breakeven_lines_at(lines, place.line);
    const size_t count = gf_breakeven_value_count(line);
    const char *along = gf_breakeven_lines_parameter(lines);
    char subject[160];
    snprintf(subject, sizeof subject, "%s, %s%s%s%s%s %s (%zu/%zu)",
             gf_workload_name(job->workload), along == NULL ? "" : along, along == NULL ? "" : " ",
             along == NULL ? "" : gf_breakeven_lines_value(lines, place.line),
             along == NULL ? "" : ", ", gf_breakeven_parameter(line),
             gf_breakeven_value(line, place.value), place.line * count + place.value + 1,
             count_values(lines));
    progress_subject(job->progress, subject);
}

/* "native:avx512,native:scalar" */
static void list_kernels(const gf_target_list *targets, char *buffer, size_t size) {
    size_t used = 0;
    buffer[0] = '\0';
    for (size_t i = 0; i < targets->count && used < size; i++) {
        const gf_target *target = &targets->targets[i];
        const int length =
            snprintf(buffer + used, size - used, "%s%s%s%s", i == 0 ? "" : ",",
                     gf_device_get_info(target->device)->id, target->variant == NULL ? "" : ":",
                     target->variant == NULL ? "" : target->variant);
        used += length < 0 ? size : (size_t)length;
    }
}

/* A session with other threads runs the variants of the one before, or the curve would be of
 * several kernels. */
static gf_status reopen(struct job *job, const gf_breakeven *line, uint32_t threads,
                        gf_error *error) {
    const char *given = job->settings.device;
    char kernels[512];
    list_kernels(&job->selection, kernels, sizeof kernels);
    close_session(job);
    job->settings.device = kernels;
    const gf_status status = select_devices(job, line, threads, error);
    job->settings.device = given;
    return status;
}

static gf_status measure_value(struct job *job, const gf_breakeven_lines *lines, struct place place,
                               gf_error *error) {
    const gf_run_options options = job_run_options(job);
    gf_breakeven *line = gf_breakeven_lines_at(lines, place.line);
    const uint32_t threads = gf_breakeven_threads(line, place.value);
    name_subject(job, lines, place);
    gf_status status = threads > 0 ? reopen(job, line, threads, error) : GF_OK;
    if (status == GF_OK)
        status =
            gf_breakeven_measure(line, place.value, job->session, &job->selection, &options, error);
    if (status == GF_OK)
        show_times(job, line, place.value);
    return status == GF_OK ? interrupt_check(error) : status;
}

/* ---- Reports ----------------------------------------------------------- */

/* A run that failed outranks what could then not be exported. */
static gf_status export(struct job *job, const gf_breakeven_lines *lines, gf_error *error) {
    gf_error failed = GF_ERROR_INIT;
    const gf_status runs = gf_breakeven_lines_status(lines, &failed);
    const gf_status status = export_files_write(&job->settings, lines, error);
    if (runs == GF_OK) {
        gf_error_clear(&failed);
        return status;
    }
    gf_error_clear(error);
    *error = failed;
    return runs;
}

static gf_status bound_models(struct job *job, const gf_breakeven_lines *lines, gf_error *error) {
    struct job_bounds bounds;
    gf_status status = job_bound_options(job, &bounds, error);
    for (size_t i = 0; status == GF_OK && bounds.wanted && i < gf_breakeven_lines_count(lines); i++)
        status = gf_breakeven_bound(gf_breakeven_lines_at(lines, i), &bounds.options, error);
    return status;
}

static gf_status report(struct job *job, const gf_breakeven_lines *lines, gf_error *error) {
    const struct settings *settings = &job->settings;
    gf_status status = GF_OK;
    progress_stop(&job->progress);
    for (size_t i = 0; status == GF_OK && i < gf_breakeven_lines_count(lines); i++)
        status = gf_breakeven_conclude(gf_breakeven_lines_at(lines, i), settings->seed, error);
    if (status == GF_OK)
        status = bound_models(job, lines, error);
    if (status == GF_OK)
        status =
            job_report(job, NULL, (struct report_subject){.lines = lines, .plotted = true}, error);
    if (status == GF_OK)
        status = export(job, lines, error);
    return status == GF_OK ? job_check_drivers(job, error) : status;
}

/* ---- The command ------------------------------------------------------- */

/* Up to what is refused without a session. *of_threads: the threads vary. */
static gf_status make_lines(struct job *job, gf_breakeven_lines **lines, bool *of_threads,
                            gf_error *error) {
    const struct settings *settings = &job->settings;
    gf_status status = check_options(job, error);
    if (status == GF_OK)
        status = gf_breakeven_lines_create(job->params, settings->sweeps[0], settings->sweeps[1],
                                           lines, error);
    *of_threads = status == GF_OK && gf_breakeven_threads(gf_breakeven_lines_at(*lines, 0), 0) > 0;
    return *of_threads ? check_threads(settings, error) : status;
}

static gf_status sweep_all(struct job *job, gf_breakeven_lines **lines, gf_error *error) {
    const struct settings *settings = &job->settings;
    bool of_threads = false;
    gf_status status = make_lines(job, lines, &of_threads, error);
    if (status != GF_OK)
        return status;
    job->progress = progress_start(gf_workload_name(job->workload), settings->quiet);
    status = select_first(job, *lines, error);
    if (status == GF_OK && !settings->no_predict && !of_threads)
        status = predict(job, *lines, error);
    if (status == GF_OK && !settings->predict_only)
        announce(job, *lines);
    const size_t values = gf_breakeven_value_count(gf_breakeven_lines_at(*lines, 0));
    const size_t count = count_values(*lines);
    size_t done = 0;
    for (size_t i = 0; status == GF_OK && i < count; i++) {
        if (!settings->predict_only)
            status = measure_value(job, *lines, (struct place){i / values, i % values}, error);
        done += status == GF_OK;
    }
    if (status == GF_OK)
        return report(job, *lines, error);
    gf_error unused = GF_ERROR_INIT;
    if (!settings->no_predict) /* else the values that were not reached have no time to compare */
        (void)bound_models(job, *lines, &unused);
    gf_error_clear(&unused);
    job_report_cut_short(job, NULL, (struct report_subject){.lines = *lines},
                         (struct job_rest){done, count, "values", error});
    return status;
}

/* Other sweeps than that of ranks are the first rank's. */
static gf_status find_breakeven(struct job *job, gf_error *error) {
    gf_breakeven_lines *lines = NULL;
    if (job->ranks != NULL)
        return ranks_job_sweep(job, error);
    if (!gf_ranks_is_first())
        return GF_OK;
    const gf_status status = sweep_all(job, &lines, error);
    gf_breakeven_lines_destroy(lines);
    return status;
}

static const cli_group *const groups[] = {&sweep_group,
                                          &settings_models_group,
                                          &settings_device_group,
                                          &settings_driver_group,
                                          &settings_ranks_group,
                                          &settings_measure_group,
                                          &plot_group,
                                          &export_group,
                                          &settings_bundle_group,
                                          &settings_page_group,
                                          &settings_sweep_report_group,
                                          NULL};
const cli_command breakeven_command = {
    "breakeven",
    "WORKLOAD --sweep NAME=LO:HI [--sweep NAME=LO:HI] [options]",
    "From which value of a number on, such as the size or the steps, each device wins",
    groups,
    settings_sweep_defaults,
    CLI_WORKLOAD,
    find_breakeven,
    CLI_RANKS_TOGETHER};
