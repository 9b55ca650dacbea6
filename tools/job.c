#include "job.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bundle_file.h"
#include "interrupt.h"
#include "options/command_line.h"
#include "options/message.h"
#include "options/ranks/rank_join.h"
#include "options/trips/checkpoint_options.h"
#include "options/trips/field_options.h"
#include "options/trips/one_trip.h"
#include "os/atomic_file.h"

/* ---- Checks before any work -------------------------------------------- */

static gf_status find_workload(const cli_command *command, struct job *job, gf_error *error) {
    const cli_request *request = &job->request;
    if (request->operand_count == 0)
        return message_set(error, GF_USAGE, "%s: which workload? `gpufare %s --help` lists them",
                           command->name, command->name);
    job->workload = gf_workload_find(request->operands[0], error);
    if (job->workload == NULL)
        return error->status;
    if (request->operand_count > 1)
        return message_set(error, GF_USAGE, "%s: unexpected argument; %s takes one workload",
                           request->operands[1], command->name);
    return GF_OK;
}

static gf_status set_params(const cli_command *command, struct job *job, gf_error *error) {
    const gf_status status = gf_params_create(job->workload, &job->params, error);
    if (status != GF_OK)
        return status;
    return cli_assign(command, &job->request, job->workload, job->params, error);
}

/* In a directory that exists it must be possible to make a file; otherwise, to make the directory.
 */
static gf_status check_out_dir(const struct job *job, gf_error *error) {
    const char *directory = job->settings.out_dir;
    if (directory == NULL)
        return GF_OK;
    struct stat info;
    gf_status status = GF_OK;
    if (stat(directory, &info) != 0) {
        size_t length = strlen(directory);
        while (length > 1 && directory[length - 1] == '/')
            length--;
        char *name = strndup(directory, length);
        if (name == NULL)
            return message_set(error, GF_FAILED, "no memory for a path");
        status = gf_atomic_file_check(name, error); /* a directory can be made where a file can */
        free(name);
    } else if (!S_ISDIR(info.st_mode)) {
        status = message_set(error, GF_FAILED, "%s is not a directory; choose another", directory);
    } else {
        char *path = job_path(job, NULL, ".png", error);
        if (path == NULL)
            return error->status;
        status = gf_atomic_file_check(path, error);
        free(path);
    }
    if (status != GF_OK)
        message_add_option(error, "out-dir");
    return status;
}

/* Pictures are PNG whatever they are called, so a name that promises something else is a mistake.
 */
static gf_status check_picture_name(const char *option, const char *path, gf_error *error) {
    static const char *const others[] = {".jpg", ".jpeg", ".gif", ".bmp",  ".svg", ".pdf",
                                         ".ppm", ".pgm",  ".tif", ".tiff", ".webp"};
    const char *ending = path == NULL ? NULL : strrchr(path, '.');
    for (size_t i = 0; ending != NULL && i < sizeof others / sizeof others[0]; i++) {
        if (strcasecmp(ending, others[i]) == 0)
            return message_set(error, GF_USAGE,
                               "--%s %s: pictures are PNG; give a name that ends "
                               "in .png",
                               option, path);
    }
    return GF_OK;
}

static gf_status check_pictures(const struct job *job, gf_error *error) {
    const struct settings *settings = &job->settings;
    if (check_picture_name("output", settings->output, error) != GF_OK ||
        check_picture_name("divergence-map", settings->divergence_map, error) != GF_OK)
        return GF_USAGE;
    if (settings->output != NULL && !gf_workload_has_picture(job->workload))
        return message_set(error, GF_USAGE, "--output: %s has no picture; leave it out",
                           gf_workload_name(job->workload));
    if (settings->divergence_map == NULL && settings->lane_group != NULL)
        return message_set(error, GF_USAGE,
                           "--lane-group: applies only to a divergence map; add --divergence-map "
                           "FILE.png");
    if (settings->divergence_map != NULL) {
        const gf_status status =
            gf_comparison_check_divergence(job->comparison, settings->lane_group, error);
        if (status != GF_OK)
            return status;
    }
    if (settings->frames_every == 0)
        return GF_OK;
    if (settings->out_dir == NULL)
        return message_set(error, GF_USAGE,
                           "--frames-every: frames need a directory; add --out-dir DIR");
    return gf_comparison_check_frames(job->comparison, settings->frames_every, error);
}

/* What an earlier run of another problem wrote is no baseline: better to know before the run. */
static gf_status check_baseline(struct job *job, gf_error *error) {
    const struct settings *settings = &job->settings;
    if (settings->baseline == NULL && settings->junit != NULL)
        return message_set(error, GF_USAGE,
                           "--junit: it lists changes; add --baseline with an earlier JSON report");
    if (settings->baseline == NULL && settings->fail_above != GF_DIFF_ALLOWED)
        return message_set(error, GF_USAGE,
                           "--fail-above: it judges changes; add --baseline with an earlier JSON "
                           "report");
    if (settings->baseline == NULL)
        return GF_OK;
    gf_status status = gf_saved_reports_read(settings->baseline, &job->baseline, error);
    if (status == GF_OK)
        status = gf_saved_reports_check(job->baseline, job->comparison, error);
    if (status != GF_OK)
        message_add_option(error, "baseline");
    return status;
}

/* ---- Opening and closing ----------------------------------------------- */

gf_status job_open_session(struct job *job, gf_error *error) {
    const struct settings *settings = &job->settings;
    const gf_session_options options = {.thread_count = (uint32_t)settings->threads,
                                        .isa = settings->isa,
                                        .in_process = settings->in_process,
                                        .deadline_s = settings->deadline_s,
                                        .loads_kernels = job->workload != NULL &&
                                                         gf_workload_loads_kernels(job->workload),
                                        .cancel = interrupt_flag(),
                                        .device_memory_bytes = settings->device_memory};
    return gf_session_open(&options, &job->session, error);
}

/* Says what a prediction measures first, which may take a minute. */
static void announce(const gf_missing *missing, void *context) {
    const struct job *job = context;
    char devices[48] = "";
    if (missing->devices > 0)
        snprintf(devices, sizeof devices, "%zu device%s and ", missing->devices,
                 missing->devices == 1 ? "" : "s");
    if (missing->limited) {
        fprintf(stderr,
                "gpufare: measuring first what this verdict needs of %s%zu case%s of %s that are "
                "not saved yet; at most %.0f s\n",
                devices, missing->cases, missing->cases == 1 ? "" : "s",
                gf_workload_name(job->workload), ceil(missing->most_s));
        return;
    }
    fprintf(stderr,
            "gpufare: measuring first what is not saved yet: %s%zu case%s of %s; about %.0f s\n",
            devices, missing->cases, missing->cases == 1 ? "" : "s",
            gf_workload_name(job->workload), ceil(missing->seconds));
}

/* Says what a set of devices can reach. */
static void foretell(const char *text, void *context) {
    (void)context;
    fprintf(stderr, "gpufare: %s\n", text);
}

/* Says what a run goes on from, or what is wrong with a saved state. */
static void tell(const char *text, bool wrong, void *context) {
    const struct job *job = context;
    if (job->settings.quiet && !wrong)
        return;
    progress_hide(job->progress);
    fprintf(stderr, "gpufare: %s\n", text);
    progress_show(job->progress);
}

static void watch_checkpoints(struct job *job) {
    job->checkpoint.stop = interrupt_stop_flag();
    job->checkpoint.listens = interrupt_listens();
    job->checkpoint.tell = tell;
    job->checkpoint.tell_context = job;
}

gf_run_options job_run_options(struct job *job) {
    const struct settings *settings = &job->settings;
    watch_checkpoints(job);
    interrupt_kernels_run(true); /* whoever asks for these options measures */
    return (gf_run_options){.warmup = (uint32_t)settings->warmup,
                            .repeat = (uint32_t)settings->repeat,
                            .min_time_s = settings->min_time_s,
                            .max_samples = (uint32_t)settings->max_samples,
                            .verify = (gf_verify_mode)settings->verify,
                            .seed = settings->seed,
                            .search = !settings->no_search,
                            .watch = !settings->no_watch,
                            .pipeline = !settings->no_pipeline,
                            .energy = settings->energy,
                            .tuning = settings->tune,
                            .cancel = interrupt_flag(),
                            .progress = progress_update,
                            .progress_context = job->progress,
                            .announce = settings->quiet ? NULL : announce,
                            .announce_context = job,
                            .foretell = settings->quiet ? NULL : foretell,
                            .checkpoint = checkpoint_is_wanted(settings) ? &job->checkpoint : NULL,
                            .field = settings->field_file != NULL ? &job->field : NULL};
}

static gf_status create_comparison(struct job *job, gf_error *error) {
    const gf_status status = job_open_session(job, error);
    if (status != GF_OK)
        return status;
    job->progress = progress_start(gf_workload_name(job->workload), job->settings.quiet);
    const gf_run_options options = job_run_options(job);
    return gf_comparison_create(job->session, job->params, &options, &job->comparison, error);
}

static gf_status make_out_dir(struct job *job, gf_error *error) {
    const char *directory = job->settings.out_dir;
    if (directory == NULL)
        return GF_OK;
    job->made_out_dir = mkdir(directory, 0777) == 0;
    if (job->made_out_dir || errno == EEXIST)
        return GF_OK;
    return message_set(error, GF_FAILED, "--out-dir: cannot make %s: %s", directory,
                       strerror(errno));
}

/* A saved command that named no variant may find another one the fastest now. */
static gf_status select_devices(struct job *job, gf_purpose purpose, gf_error *error) {
    gf_error none = GF_ERROR_INIT;
    if (job->again != NULL && gf_session_select(job->session, job->workload, job->again->devices,
                                                purpose, &job->selection, &none) == GF_OK)
        return GF_OK;
    gf_error_clear(&none);
    return gf_session_select(job->session, job->workload, job->settings.device, purpose,
                             &job->selection, error);
}

gf_status job_open_comparison(struct job *job, gf_purpose purpose, gf_error *error) {
    gf_status status = check_out_dir(job, error);
    if (status == GF_OK)
        status = create_comparison(job, error);
    if (status == GF_OK)
        status = check_pictures(job, error);
    if (status == GF_OK)
        status = check_baseline(job, error);
    if (status == GF_OK && !job->settings.inputs_later)
        status = gf_comparison_make_inputs(job->comparison, error);
    if (status == GF_OK)
        status = select_devices(job, purpose, error);
    if (status == GF_OK && job->settings.all_variants)
        status = gf_target_list_add_variants(&job->selection, job->workload, error);
    if (status == GF_OK)
        status = gf_comparison_resolve_targets(job->comparison, &job->selection, error);
    if (status == GF_OK)
        status = make_out_dir(job, error);
    return status;
}

/* ---- The whole command ------------------------------------------------- */

/* What a saved command went on from is read again, where it is there. */
static const char *find_states(const char *folder) {
    struct stat info;
    gf_error note = GF_ERROR_INIT;
    if (folder == NULL || (stat(folder, &info) == 0 && S_ISDIR(info.st_mode)))
        return folder;
    message_set(&note, GF_FAILED,
                "--resume %.200s: the saved command went on from states there, which are not here; "
                "all steps are run",
                folder);
    message_print(&note);
    return NULL;
}

/* What a bundle says is not trusted: it decides neither which code runs nor which files are
 * written.
 */
static gf_status restrict_to(const struct job_again *again, struct job *job, gf_error *error) {
    const cli_request *request = &job->request;
    const char *resume = job->settings.resume;
    settings_forget_files(&job->settings);
    job->settings.bundle = again->bundle;
    job->settings.resume = find_states(resume);
    job->again = again;
    job->settings.quiet = true;
    if (!request->answered && request->operand_count == 1 &&
        strcmp(request->operands[0], again->workload) == 0)
        return GF_OK;
    return message_set(error, GF_USAGE,
                       "the saved command is none that can be run again: it must measure %s alone",
                       again->workload);
}

/* `again`: NULL unless the command line is a saved one. */
static gf_status parse(const cli_command *command, int argc, char **argv,
                       const struct job_again *again, struct job *job, gf_error *error) {
    command->defaults(&job->settings);
    gf_status status = cli_parse(command, argc, argv, &job->settings, &job->request, error);
    if (status == GF_OK && again != NULL)
        status = restrict_to(again, job, error);
    if (status != GF_OK || job->request.answered)
        return status;
    if (command->operands == CLI_NONE && job->request.operand_count > 0)
        status = message_set(error, GF_USAGE, "%s: unexpected argument; %s takes only options",
                             job->request.operands[0], command->name);
    if (command->operands == CLI_OPTIONAL && job->request.operand_count > 0)
        status = find_workload(command, job, error);
    if (command->operands == CLI_WORKLOAD) {
        status = find_workload(command, job, error);
        if (status == GF_OK)
            status = set_params(command, job, error);
    }
    if (status == GF_OK)
        status = checkpoint_parse(&job->settings, &job->checkpoint, error);
    if (status == GF_OK)
        status = field_parse(&job->settings, &job->field, error);
    if (status == GF_OK)
        status = one_trip_check(&job->request, &job->settings, error);
    return status == GF_OK ? settings_check(&job->settings, error) : status;
}

static void close_all(struct job *job) {
    if (job->made_out_dir)
        (void)rmdir(job->settings.out_dir); /* fails, as it should, unless it is empty */
    progress_stop(&job->progress);
    gf_bundle_destroy(job->bundle);
    gf_comparison_destroy(job->comparison);
    gf_saved_reports_destroy(job->baseline);
    gf_target_list_clear(&job->selection);
    gf_session_close(job->session);
    gf_params_destroy(job->params);
    cli_request_clear(&job->request);
    gf_ranks_close(job->ranks);
    free(job->command_line);
}

/* Launchers end all ranks when the first one has ended with a failure: what is said must be said
 * while they still wait for one another. */
static void say_before_ranks_end(const struct job *job, gf_status status, gf_error *error) {
    if (job->ranks == NULL || status == GF_OK || error->text[0] == '\0')
        return;
    interrupt_silence(); /* nobody asked for the signal with which launchers end the rest */
    message_print(error);
    (void)fflush(stderr);
    gf_error_clear(error);
}

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double job_seconds(const struct job *job) {
    return now_s() - job->started_s;
}

static gf_status do_job(const cli_command *command, int argc, char **argv,
                        const struct job_again *again, gf_error *error) {
    struct job job = {.started_s = now_s(), .argc = argc, .argv = argv};
    gf_status status = parse(command, argc, argv, again, &job, error);
    if (!job.request.answered && rank_join_wants(command, &job.settings)) {
        interrupt_install();
        status = rank_join(&job.settings, job.workload, status, &job.ranks, error);
    }
    if (status == GF_OK && !job.request.answered) {
        interrupt_install();
        const uint32_t ranks = job.ranks == NULL ? 0 : gf_ranks_size(job.ranks);
        job.command_line = command_line_create(argc, argv, ranks, error);
        status = job.command_line == NULL ? GF_FAILED : GF_OK;
        job.settings.command_line = job.command_line;
        if (status == GF_OK && job.settings.bundle != NULL)
            status = bundle_file_begin(argc, argv, job.request.operands[0], job.workload,
                                       &job.bundle, error);
        if (status == GF_OK)
            status = command->action(&job, error);
    }
    say_before_ranks_end(&job, status, error);
    close_all(&job);
    return status;
}

gf_status job_do(const cli_command *command, int argc, char **argv, gf_error *error) {
    return do_job(command, argc, argv, NULL, error);
}

gf_status job_do_again(const cli_command *command, int argc, char **argv,
                       const struct job_again *again, gf_error *error) {
    return do_job(command, argc, argv, again, error);
}

gf_status job_run(struct job *job, const gf_target *target, const gf_result **result,
                  gf_error *error) {
    gf_status status = gf_comparison_run(job->comparison, target, result, error);
    if (status == GF_OK)
        status = gf_comparison_raise_ceilings(job->comparison, *result, error);
    if (status == GF_OK && job->settings.html != NULL)
        status = gf_comparison_keep_pictures(job->comparison, *result, error);
    if (status == GF_OK && job->bundle != NULL)
        status = gf_bundle_add_result(job->bundle, job->comparison, *result, error);
    return status != GF_OK ? status : interrupt_check(error);
}

void job_announce_target(const struct job *job, const gf_target *target) {
    if (!job->settings.verbose || job->settings.quiet)
        return;
    const gf_device_info *info = gf_device_get_info(target->device);
    progress_hide(job->progress);
    fprintf(stderr, "gpufare: device %s%s%s (%s, %s, %u compute unit%s): %s\n", info->id,
            target->variant == NULL ? "" : ":", target->variant == NULL ? "" : target->variant,
            info->name, info->simd, info->compute_units, info->compute_units == 1 ? "" : "s",
            target->why);
    progress_show(job->progress);
}

/* ---- Models ------------------------------------------------------------ */

/* "gpufare compare julia --size 512x512", "gpufare breakeven julia --sweep size=64:512": the
 * command that measures elsewhere what this one asks for. */
static void format_command(const struct job *job, char *buffer, size_t size) {
    const char *const *sweeps = job->settings.sweeps;
    size_t count = 0;
    const gf_param *params = gf_workload_params(job->workload, &count);
    gf_text text = gf_text_in(buffer, size);
    gf_text_add(&text, "gpufare %s", sweeps[0] == NULL ? "compare" : "breakeven");
    command_line_add(&text, job->request.operands[0]);
    for (size_t i = 0; i < 2 && sweeps[i] != NULL; i++) {
        gf_text_add(&text, " --sweep");
        command_line_add(&text, sweeps[i]);
    }
    for (size_t i = 0; i < count; i++) {
        const char *value = gf_params_text(job->params, params[i].name);
        if (value == NULL || strcmp(value, params[i].default_text) == 0)
            continue;
        gf_text_add(&text, " --%s", params[i].name);
        command_line_add(&text, value);
    }
    if (text.cut) /* half a command is none */
        buffer[0] = '\0';
}

gf_status job_bound_options(const struct job *job, struct job_bounds *bounds, gf_error *error) {
    const struct settings *settings = &job->settings;
    bool has_profiles = false;
    *bounds = (struct job_bounds){.wanted = false};
    if (settings->device_model == NULL)
        return GF_OK;
    const gf_status status =
        gf_device_model_check(settings->device_model, &bounds->wanted, &has_profiles, error);
    format_command(job, bounds->command, sizeof bounds->command);
    bounds->options = (gf_bound_options){.device_model = settings->device_model,
                                         .host_cores = (uint32_t)settings->host_cores,
                                         .host_model = settings->host_model,
                                         .command = bounds->command};
    return status;
}

/* ---- Files ------------------------------------------------------------- */

char *job_path(const struct job *job, const char *label, const char *suffix, gf_error *error) {
    const char *directory = job->settings.out_dir, *name = gf_workload_name(job->workload);
    const char *dash = label == NULL ? "" : "-", *end = label == NULL ? "" : label;
    const size_t size =
        strlen(directory) + strlen(name) + strlen(end) + strlen(suffix) + sizeof "/-";
    char *path = malloc(size);
    if (path == NULL) {
        message_set(error, GF_FAILED, "no memory for a path");
        return NULL;
    }
    const bool closed = directory[strlen(directory) - 1] == '/';
    snprintf(path, size, "%s%s%s%s%s%s", directory, closed ? "" : "/", name, dash, end, suffix);
    char *label_end = path + strlen(path) - strlen(suffix);
    for (char *c = label_end - strlen(end); c < label_end; c++) {
        if (*c == ':' || *c == '/')
            *c = '-';
    }
    return path;
}

gf_status job_write_outputs(struct job *job, const gf_result *result, gf_error *error) {
    gf_status status = GF_OK;
    if (job->settings.output != NULL)
        status = gf_comparison_write_png(job->comparison, result, job->settings.output, error);
    if (status == GF_OK && job->settings.npy != NULL)
        status = gf_comparison_write_npy(job->comparison, result, job->settings.npy, error);
    if (status == GF_OK && job->settings.divergence_map != NULL)
        status = gf_comparison_write_divergence(job->comparison, job->settings.lane_group,
                                                job->settings.divergence_map, error);
    return status;
}

gf_status job_report(struct job *job, const char *schema, struct report_subject subject,
                     gf_error *error) {
    progress_stop(&job->progress);
    interrupt_kernels_run(false);
    const gf_status status = report_files_write(&job->settings, schema, subject, error);
    return status == GF_OK && job->bundle != NULL
               ? bundle_file_write(job->bundle, job->settings.bundle, job->session, schema,
                                   &subject, error)
               : status;
}

void job_report_cut_short(struct job *job, const char *schema, struct report_subject subject,
                          struct job_rest rest) {
    char why[GF_ERROR_TEXT + 64];
    if (rest.done == 0)
        return;
    snprintf(why, sizeof why, "%s after %zu of %zu %s", rest.failure->text, rest.done, rest.planned,
             rest.things);
    subject.cut_short = why;
    gf_error second = GF_ERROR_INIT;
    if (job_report(job, schema, subject, &second) != GF_OK)
        fprintf(stderr, "gpufare: the report that was cut short: %s\n", second.text);
    gf_error_clear(&second);
}

/* native or P:D, alone or with a variant. */
static bool is_id(const char *token) {
    const size_t digits = strspn(token, "0123456789");
    if (strncasecmp(token, "native", strlen("native")) == 0)
        token += strlen("native");
    else if (digits > 0 && token[digits] == ':' && strspn(token + digits + 1, "0123456789") > 0)
        token += digits + 1 + strspn(token + digits + 1, "0123456789");
    else
        return false;
    return *token == '\0' || strchr(",:+ ", *token) != NULL;
}

/* Whether the list has nothing but ids: then no driver that is not in it is missed. */
static bool names_ids_only(const char *list) {
    for (;;) {
        if (!is_id(list + strspn(list, " ")))
            return false;
        list += strcspn(list, ",+");
        if (*list == '\0')
            return true;
        list++;
    }
}

gf_status job_check_drivers(const struct job *job, gf_error *error) {
    const char *list =
        job->settings.device != NULL ? job->settings.device : getenv("GPUFARE_DEVICE");
    const size_t count = gf_session_failed_drivers(job->session);
    if (count == 0 || (list != NULL && *list != '\0' && names_ids_only(list)))
        return GF_OK;
    return message_set(
        error, GF_FAILED,
        "%zu driver%s failed when asked for devices, which are missing here: see the "
        "lines 'not used'; repair it (gpufare doctor), or name devices by their ids",
        count, count == 1 ? "" : "s");
}

/* What has changed since the baseline. */
static gf_status report_changes(struct job *job, const char *schema, gf_error *error) {
    gf_saved_reports *now = NULL;
    gf_diff *diff = NULL;
    gf_status status = gf_saved_reports_of_comparison(job->comparison, &now, error);
    if (status == GF_OK)
        status = gf_diff_create(job->baseline, now, job->settings.fail_above, job->settings.seed,
                                &diff, error);
    /* What was measured is reported, also if it can't be compared. */
    gf_error failure = GF_ERROR_INIT;
    const gf_status reported = job_report(
        job, schema, (struct report_subject){.comparison = job->comparison, .diff = diff},
        status == GF_OK ? error : &failure);
    gf_error_clear(&failure);
    if (status == GF_OK)
        status = reported;
    if (status == GF_OK)
        status = gf_comparison_status(job->comparison, error);
    if (status == GF_OK)
        status = gf_diff_status(diff, error);
    gf_diff_destroy(diff);
    gf_saved_reports_destroy(now);
    return status;
}

gf_status job_report_comparison(struct job *job, const char *schema, gf_error *error) {
    if (job->baseline != NULL)
        return report_changes(job, schema, error);
    const gf_status status =
        job_report(job, schema, (struct report_subject){.comparison = job->comparison}, error);
    return status == GF_OK ? gf_comparison_status(job->comparison, error) : status;
}
