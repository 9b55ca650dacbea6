#include <errno.h>
#include <signal.h>
#include <string.h>

#include "interrupt.h"
#include "job.h"
#include "options/message.h"
#include "os/atomic_file.h"
#include "verbs/verbs.h"

/* As env(1) and shells answer where a program can't be started. */
enum { NOT_FOUND = 127, NOT_STARTED = 126 };

static gf_status check_usage(const struct job *job, gf_error *error) {
    const struct settings *settings = &job->settings;
    const size_t words = job->request.operand_count;
    if (settings->read_file == NULL && words == 0)
        return message_set(error, GF_USAGE,
                           "trace: which program? give it with its arguments after --, or a trace "
                           "with --read");
    if (settings->read_file != NULL && words > 0)
        return message_set(error, GF_USAGE,
                           "--read: reports from a file and runs nothing; leave out %s",
                           job->request.operands[0]);
    if (settings->read_file != NULL && settings->attach_file != NULL)
        return message_set(error, GF_USAGE,
                           "--attach-file: there is nothing new to keep with --read; leave it out");
    return GF_OK;
}

struct destination {
    const char *option, *path;
};

/* What the program prints must stay as it is. */
static gf_status check_destination(const struct settings *settings, const struct destination *file,
                                   gf_error *error) {
    if (file->path == NULL)
        return GF_OK;
    if (settings->read_file == NULL) {
        if (strcmp(file->path, "-") != 0 && strcmp(file->path, "/dev/stdout") != 0)
            return GF_OK;
        return message_set(error, GF_USAGE,
                           "--%s -: stdout is the program's; name a file, or use --read",
                           file->option);
    }
    if (!gf_atomic_file_same(settings->read_file, file->path))
        return GF_OK;
    return message_set(error, GF_USAGE, "--%s: %s is the trace that --read reads; choose another",
                       file->option, file->path);
}

static gf_status check_destinations(const struct settings *settings, gf_error *error) {
    const struct destination files[] = {
        {"json", settings->json},         {"csv", settings->csv},
        {"markdown", settings->markdown}, {"html", settings->html},
        {"timeline", settings->timeline}, {"attach-file", settings->attach_file}};
    gf_status status = GF_OK;
    for (size_t i = 0; i < sizeof files / sizeof files[0] && status == GF_OK; i++)
        status = check_destination(settings, &files[i], error);
    return status;
}

/* The terminal's signals are the program's: it decides whether it ends. */
static gf_status run_program(struct job *job, gf_trace **trace, gf_error *error) {
    const struct sigaction ignored = {.sa_handler = SIG_IGN};
    struct sigaction interrupt, quit;
    const char *const *words = job->request.operands;
    const gf_trace_options options = {.keep = job->settings.attach_file,
                                      .limit_bytes = job->settings.limit_mib << 20,
                                      .cancel = interrupt_flag()};
    sigaction(SIGINT, &ignored, &interrupt);
    sigaction(SIGQUIT, &ignored, &quit);
    gf_status status = gf_trace_run(words, &options, trace, error);
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGQUIT, &quit, NULL);
    if (status != GF_OK && error->native_code == ENOENT)
        status = (gf_status)NOT_FOUND;
    else if (status != GF_OK && error->native_code != 0)
        status = (gf_status)NOT_STARTED;
    return status;
}

static gf_status put_devices(const struct job *job, gf_trace *trace, gf_error *error) {
    return gf_trace_what_if(trace, job->settings.device_model, job->settings.calibrated, error);
}

/* Before the program runs, which may take long and not be repeatable. */
static gf_status check_all(const struct job *job, gf_error *error) {
    gf_status status = check_usage(job, error);
    if (status == GF_OK)
        status = check_destinations(&job->settings, error);
    if (status == GF_OK)
        status = put_devices(job, NULL, error);
    return status;
}

static gf_status trace(struct job *job, gf_error *error) {
    gf_trace *found = NULL;
    gf_status status = check_all(job, error);
    if (status != GF_OK)
        return status;
    const bool reads = job->settings.read_file != NULL;
    job->settings.table_on_stderr = !reads;
    status = reads ? gf_trace_read(job->settings.read_file, &found, error)
                   : run_program(job, &found, error);
    if (status == GF_OK)
        status = put_devices(job, found, error);
    if (status != GF_OK) {
        gf_trace_destroy(found);
        return status;
    }
    status = job_report(job, "gpufare.trace/1", (struct report_subject){.trace = found}, error);
    const int program = reads ? 0 : gf_trace_exit_status(found);
    gf_trace_destroy(found);
    return status == GF_OK ? (gf_status)program : status;
}

static void defaults(struct settings *settings) {
    settings_defaults(settings);
    settings->table_on_stderr = true; /* so that a closed stdout is no fault of ours */
}

static const cli_group *const groups[] = {&settings_trace_group, &settings_page_group,
                                          &settings_trace_report_group, NULL};
const cli_command trace_command = {
    "trace",
    "[options] -- PROGRAM [ARGUMENT...]",
    "Run any program that uses OpenCL, unchanged, and say where its time went and what would pay",
    groups,
    defaults,
    CLI_PROGRAM,
    trace,
    CLI_RANKS_ALONE};
