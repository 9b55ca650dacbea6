#include "verbs/ranks_job.h"

#include <stdlib.h>
#include <string.h>

#include "interrupt.h"
#include "options/message.h"
#include "options/ranks/rank_join.h"
#include "options/ranks/rank_options.h"
#include "options/resume_command.h"
#include "os/atomic_file.h"
#include "os/files/temporary_file.h"
#include "standard_output.h"

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
                   {"field-file", settings->field_file != NULL, "each rank holds its part"},
                   {"trace", settings->trace != NULL, "the timeline is of one process"},
                   {"export", settings->export_path != NULL, "thresholds are of devices"},
                   {"no-predict", settings->no_predict, "what is predicted takes no time"},
                   {"predict-only", settings->predict_only, "a prediction starts from 1 rank"},
                   {"no-pipeline", settings->no_pipeline, "ranks make no pipelined round trips"},
                   {"device-model", settings->device_model != NULL, "models know of no ranks"},
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

/* What is said in case that there is no time for a last state: when most of that time has gone. */
static void prepare_last_words(const struct job *job, bool speaks) {
    char words[8192], lock[4096 + 8];
    gf_text text = gf_text_in(words, sizeof words);
    format_rest(job, job->saved_step, "if no later one follows, ", &text);
    snprintf(lock, sizeof lock, "%s/lock", job->settings.checkpoint);
    interrupt_set_last_words(words, speaks ? NULL : lock, gf_ranks_grace_ms() / 4 * 3);
}

/* Of some launchers all ranks are gone at once when one is lost, so that the first rank says how to
 * go on as soon as that is possible. */
static void note_saved(uint64_t step, void *context) {
    struct job *job = context;
    const bool speaks = gf_ranks_rank(job->ranks) == 0, ends = *interrupt_stop_flag() != 0;
    char buffer[8192];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    if (speaks && !ends && job->saved_step == 0 && !job->settings.quiet) {
        format_rest(job, step, "if the job is lost, ", &text);
        fputs(buffer, stderr);
    }
    job->saved_step = step;
    progress_saved(job->progress, step);
    prepare_last_words(job, speaks);
}

/* At the end of a job that has no result. Not where the last words have told of the same state. */
static void tell_rest(const struct job *job) {
    char buffer[8192];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    if (job->saved_step == 0 || !interrupt_drop_last_words())
        return;
    format_rest(job, job->saved_step, "", &text);
    fputs(buffer, stderr);
}

static gf_status create(struct job *job, gf_parallel **parallel, gf_error *error) {
    const struct settings *settings = &job->settings;
    uint32_t across = 0, down = 0;
    gf_status status = rank_options_grid(settings->rank_grid, &across, &down, error);
    if (status == GF_OK)
        status = open_devices(job, error);
    status = gf_ranks_agree(job->ranks, status, error);
    if (status != GF_OK)
        return status;
    gf_run_options options = job_run_options(job);
    job->checkpoint.saved = note_saved;
    if (settings->progress && gf_ranks_rank(job->ranks) == 0)
        job->progress = progress_start_lines(gf_workload_name(job->workload));
    if (job->progress == NULL) /* the terminal is the launcher's */
        options.progress = NULL;
    options.progress_context = job->progress;
    const gf_parallel_options how = {
        .halo_steps = settings->halo_steps,
        .overlap = (gf_overlap_mode)settings->overlap,
        .weak = settings->weak,
        .ranks_across = across,
        .ranks_down = down,
        .queue = (gf_queue_mode)settings->queue,
    };
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

/* On rank 0. A wrong result has no curve. */
static gf_status report(struct job *job, const gf_parallel *parallel, bool right, gf_error *error) {
    const bool swept = rank_join_sweeps(&job->settings);
    const struct report_subject subject = {
        .parallel = parallel, .swept = swept, .plotted = swept && right};
    return job_report(job, swept ? "gpufare.breakeven-ranks/1" : "gpufare.ranks/1", subject, error);
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
    (void)interrupt_drop_last_words();
    gf_error failure = GF_ERROR_INIT;
    gf_status reported = GF_OK;
    if (speaks)
        reported = report(job, parallel, status == GF_OK, &failure);
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
    if (status == GF_OK)
        return status;
    if (gf_ranks_have_agreed(job->ranks)) {
        if (gf_ranks_rank(job->ranks) == 0)
            tell_rest(job);
        else /* the speaker leaves soon, and is not lost */
            (void)interrupt_drop_last_words();
        return status;
    }
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

/* What is refused before devices are opened. */
static gf_status count_swept(const struct job *job, uint32_t *counts, size_t *count,
                             gf_error *error) {
    const struct settings *settings = &job->settings;
    const uint32_t all = gf_ranks_size(job->ranks);
    if (settings->sweeps[1] != NULL)
        return message_set(error, GF_USAGE, "--sweep %s: ranks vary alone; leave the other out",
                           settings->sweeps[1]);
    if ((settings->svg != NULL || settings->png != NULL) && gf_plot_check(error) != GF_OK)
        return error->status;
    const gf_status status =
        gf_parallel_sweep_counts(job->workload, settings->sweeps[0], counts, count, error);
    if (status == GF_OK && counts[*count - 1] > all)
        return message_set(error, GF_USAGE,
                           "--sweep %s: this job has %u rank%s; start it with mpirun -n %u",
                           settings->sweeps[0], all, all == 1 ? "" : "s", counts[*count - 1]);
    return status;
}

gf_status ranks_job_sweep(struct job *job, gf_error *error) {
    uint32_t counts[GF_MOST_SWEPT_RANKS];
    size_t count = 0;
    gf_parallel *parallel = NULL;
    gf_status status = count_swept(job, counts, &count, error);
    status = gf_ranks_agree(job->ranks, status, error);
    if (status == GF_OK)
        status = create(job, &parallel, error);
    for (size_t i = 0; status == GF_OK && i < count; i++)
        status = gf_parallel_run(parallel, counts[i], error);
    if (status == GF_OK)
        status = finish(job, parallel, error);
    status = end_alone(job, status, error);
    gf_parallel_destroy(parallel);
    return status;
}
