#include "verbs/ranks_job.h"

#include <stdlib.h>
#include <string.h>

#include "interrupt.h"
#include "options/message.h"
#include "options/resume_command.h"
#include "os/files/temporary_file.h"
#include "standard_output.h"

/* ---- Joining ------------------------------------------------------------------------- */

gf_status ranks_job_join(struct job *job, gf_error *error) {
    const struct settings *settings = &job->settings;
    const gf_status status =
        gf_ranks_open((uint32_t)settings->ranks, interrupt_flag(), &job->ranks, error);
    if (status != GF_OK)
        return status;
    if (job->ranks == NULL && settings->weak)
        return message_set(error, GF_USAGE,
                           "--weak: the problem grows with the ranks; start them with mpirun -n N");
    if (job->ranks == NULL && (settings->halo_steps > 0 || settings->overlap != GF_OVERLAP_AUTO))
        return message_set(error, GF_USAGE,
                           "--%s: only ranks exchange rows; start them with mpirun -n N",
                           settings->halo_steps > 0 ? "halo-steps" : "overlap");
    return GF_OK;
}

/* What one process does, and ranks do not. */
static gf_status refuse_others(const struct settings *settings, gf_error *error) {
    static const char no_result[] = "no rank has the whole result";
    const struct {
        const char *option;
        bool given;
        const char *why;
    } refused[] = {{"bundle", settings->bundle != NULL, no_result},
                   {"baseline", settings->baseline != NULL, no_result},
                   {"junit", settings->junit != NULL, no_result},
                   {"fail-above", settings->fail_above != GF_DIFF_ALLOWED, no_result},
                   {"out-dir", settings->out_dir != NULL, no_result},
                   {"frames-every", settings->frames_every > 0, no_result},
                   {"divergence-map", settings->divergence_map != NULL, no_result},
                   {"lane-group", settings->lane_group != NULL, no_result},
                   {"trace", settings->trace != NULL, "the timeline is of one process"},
                   {"all-variants", settings->all_variants, "each rank runs one variant"},
                   {"energy", settings->energy, "meters count for all ranks of a host"}};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (refused[i].given)
            return message_set(error, GF_USAGE,
                               "--%s: not in a job of several ranks: %s; leave it out",
                               refused[i].option, refused[i].why);
    }
    return GF_OK;
}

/* Without a list: the GPUs of the host, or else its CPU. */
static gf_status select_devices(struct job *job, gf_error *error) {
    const char *list = job->settings.device;
    const char *variable = getenv("GPUFARE_DEVICE");
    if (list != NULL || (variable != NULL && *variable != '\0'))
        return gf_session_select(job->session, job->workload, list, GF_PICK_MANY, &job->selection,
                                 error);
    gf_error none = GF_ERROR_INIT;
    gf_status status =
        gf_session_select(job->session, job->workload, "gpu", GF_PICK_MANY, &job->selection, &none);
    if (status == GF_NO_DEVICE)
        status = gf_session_select(job->session, job->workload, "native", GF_PICK_MANY,
                                   &job->selection, error);
    else if (status != GF_OK)
        *error = none;
    return status;
}

static gf_status open_devices(struct job *job, gf_error *error) {
    gf_status status = refuse_others(&job->settings, error);
    if (status == GF_OK && job->settings.output != NULL && !gf_workload_has_picture(job->workload))
        status = message_set(error, GF_USAGE, "--output: %s has no picture; leave it out",
                             gf_workload_name(job->workload));
    if (status == GF_OK && job->settings.npy != NULL && strcmp(job->settings.npy, "-") == 0)
        status = message_set(error, GF_USAGE,
                             "--npy -: ranks write an array at its places, which stdout has none "
                             "of; give a file");
    if (job->settings.threads == 0)
        job->settings.threads = gf_ranks_default_threads();
    if (status == GF_OK)
        status = job_open_session(job, error);
    return status == GF_OK ? select_devices(job, error) : status;
}

/* ---- Saved states ----------------------------------------------------------------------- */

static void format_rest(const struct job *job, uint64_t step, const char *then, gf_text *text) {
    char buffer[4096];
    gf_text command = gf_text_in(buffer, sizeof buffer);
    resume_command_add(&command, job->argc, job->argv, job->settings.checkpoint,
                       gf_ranks_size(job->ranks));
    gf_text_add(text, "gpufare: the state of step %llu is saved; %sgo on with: %s\n",
                (unsigned long long)step, then,
                command.cut ? "the same command and --resume of the folder" : buffer);
}

/* Of some launchers all ranks are gone at once when one is lost, so that the first rank says how to
 * go on as soon as that is possible. */
static void note_saved(uint64_t step, void *context) {
    struct job *job = context;
    const bool speaks = gf_ranks_rank(job->ranks) == 0;
    char buffer[8192], lock[4096 + 8];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    if (speaks && job->saved_step == 0 && !job->settings.quiet) {
        format_rest(job, step, "if the job is lost, ", &text);
        fputs(buffer, stderr);
    }
    job->saved_step = step;
    text = gf_text_in(buffer, sizeof buffer);
    format_rest(job, step, "", &text);
    snprintf(lock, sizeof lock, "%s/lock", job->settings.checkpoint);
    interrupt_set_last_words(buffer, speaks ? NULL : lock);
}

/* At the end of a job that has no result. */
static void tell_rest(const struct job *job) {
    char buffer[8192];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    if (job->saved_step == 0)
        return;
    format_rest(job, job->saved_step, "", &text);
    fputs(buffer, stderr);
}

static gf_status create(struct job *job, gf_parallel **parallel, gf_error *error) {
    const struct settings *settings = &job->settings;
    gf_status status = gf_ranks_agree(job->ranks, open_devices(job, error), error);
    if (status != GF_OK)
        return status;
    gf_run_options options = job_run_options(job);
    options.progress = NULL; /* the terminal is the launcher's */
    job->checkpoint.saved = note_saved;
    const gf_parallel_options how = {settings->halo_steps, (gf_overlap_mode)settings->overlap,
                                     settings->weak};
    return gf_parallel_create(job->ranks, job->session, job->params, &options, &how,
                              &job->selection, parallel, error);
}

/* ---- What is left of it ---------------------------------------------------------------- */

static gf_status write_files(struct job *job, gf_parallel *parallel, gf_error *error) {
    gf_status status = GF_OK;
    if (job->settings.output != NULL)
        status = gf_parallel_write_png(parallel, job->settings.output, error);
    if (status == GF_OK && job->settings.npy != NULL)
        status = gf_parallel_write_npy(parallel, job->settings.npy, error);
    return status;
}

/* The last line proves that all came to their end: launchers' exit statuses can be 0 without that.
 */
static gf_status say_the_end(const struct job *job, gf_error *error) {
    if (!settings_table_wanted(&job->settings))
        return GF_OK;
    printf("End of the job: %u of %u ranks, the result is right and all files are written\n",
           gf_ranks_size(job->ranks), gf_ranks_size(job->ranks));
    return standard_output_flush(error);
}

static gf_status finish(struct job *job, gf_parallel *parallel, gf_error *error) {
    gf_error wrong = GF_ERROR_INIT;
    const bool speaks = gf_ranks_rank(job->ranks) == 0;
    gf_status status = gf_parallel_status(parallel, &wrong);
    if (status == GF_OK)
        status = write_files(job, parallel, error);
    else
        *error = wrong;
    if (status != GF_OK && status != GF_MISMATCH)
        return status;
    job->saved_step = 0; /* from here on nothing is lost that its states could bring back */
    gf_error failure = GF_ERROR_INIT;
    gf_status reported = GF_OK;
    if (speaks)
        reported = job_report(job, "gpufare.ranks/1", (struct report_subject){.parallel = parallel},
                              &failure);
    reported = gf_ranks_agree(job->ranks, reported, &failure);
    if (reported != GF_OK)
        *error = failure;
    if (reported != GF_OK || status != GF_OK)
        return reported != GF_OK ? reported : gf_ranks_agree(job->ranks, status, error);
    status = gf_ranks_agree(job->ranks, speaks ? say_the_end(job, error) : GF_OK, error);
    return status == GF_OK
               ? gf_ranks_agree(job->ranks, gf_parallel_checkpoint_status(parallel, error), error)
               : status;
}

/* A failure that others do not know of can only end all of them: they may wait for this rank. */
static gf_status end_alone(struct job *job, gf_status status, gf_error *error) {
    if (status != GF_OK && gf_ranks_have_agreed(job->ranks) && gf_ranks_rank(job->ranks) == 0)
        tell_rest(job);
    if (status == GF_OK || gf_ranks_have_agreed(job->ranks))
        return status;
    if (status != GF_INTERRUPTED || gf_ranks_rank(job->ranks) == 0) {
        fprintf(stderr, "gpufare: rank %u: %s; this ends the job, and no file was written%s\n",
                gf_ranks_rank(job->ranks), error->text,
                job->saved_step == 0 ? ": start it again" : "");
        tell_rest(job);
        (void)fflush(stderr);
    }
    gf_temporary_files_abandon();
    gf_ranks_abort(job->ranks, status);
    _Exit((int)status); /* where the abort returns */
}

gf_status ranks_job_run(struct job *job, gf_error *error) {
    gf_parallel *parallel = NULL;
    gf_status status = create(job, &parallel, error);
    if (status == GF_OK)
        status = gf_parallel_run(parallel, gf_ranks_size(job->ranks), error);
    if (status == GF_OK)
        status = finish(job, parallel, error);
    status = end_alone(job, status, error);
    gf_parallel_destroy(parallel);
    return status;
}

/* 1, 2, 3 and 4, then the powers of two, and all. */
static uint32_t next_count(uint32_t count, uint32_t all) {
    const uint32_t next = count < 4 ? count + 1 : 2 * count;
    return count < all && next > all ? all : next;
}

gf_status ranks_job_compare(struct job *job, gf_error *error) {
    const uint32_t all = gf_ranks_size(job->ranks);
    gf_parallel *parallel = NULL;
    gf_status status = create(job, &parallel, error);
    for (uint32_t count = 1; status == GF_OK && count <= all; count = next_count(count, all))
        status = gf_parallel_run(parallel, count, error);
    if (status == GF_OK)
        status = finish(job, parallel, error);
    status = end_alone(job, status, error);
    gf_parallel_destroy(parallel);
    return status;
}
