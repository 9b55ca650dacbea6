#include <stdlib.h>

#include "job.h"
#include "options/message.h"
#include "options/ranks/rank_options.h"
#include "options/resume_command.h"
#include "options/trips/checkpoint_options.h"
#include "options/trips/field_options.h"
#include "verbs/ranks_job.h"
#include "verbs/verbs.h"

static const cli_option file_options[] = {
    CLI_OPTION(CLI_TEXT, "output", 'o', output, "FILE.png", "write the picture"),
    CLI_OPTION(CLI_TEXT, "npy", 0, npy, "FILE", "write the result as a NumPy array"),
    CLI_OPTION(CLI_TEXT, "out-dir", 0, out_dir, "DIR",
               "directory of the frames; made if it does not exist"),
    CLI_OPTION(CLI_UINT, "frames-every", 0, frames_every, "N",
               "after the timed runs, write a picture every N steps as DIR/WORKLOAD-NNNNNN.png",
               .min = 1, .max = 1000000000 /* a run has no more steps */),
};
static const cli_group file_group = CLI_GROUP("Files", file_options);

static gf_status write_frames(struct job *job, gf_error *error) {
    char *prefix = job_path(job, NULL, "", error);
    if (prefix == NULL)
        return error->status;
    const gf_status status = gf_comparison_write_frames(job->comparison, job->selection.targets,
                                                        job->settings.frames_every, prefix, error);
    free(prefix);
    return status;
}

/* ---- Going on from a saved state ---------------------------------------- */

/* Of a run that ended before its end, or whose device failed: says which state is saved, and the
 * command that goes on from it. `result` may be NULL. */
static void tell_rest(const struct job *job, gf_status status, const gf_result *result) {
    gf_checkpoint_state state;
    char buffer[4096];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    const bool ended =
        status != GF_OK || (result != NULL && gf_result_outcome(result) == GF_OUTCOME_FAILED);
    if (!ended || job->settings.checkpoint == NULL ||
        !gf_comparison_checkpoint(job->comparison, &state) || state.saved_step == 0)
        return;
    resume_command_add(&text, job->argc, job->argv, job->settings.checkpoint, 0);
    progress_hide(job->progress);
    fprintf(stderr, "gpufare: the state of step %llu is saved; go on with: %s\n",
            (unsigned long long)state.saved_step,
            text.cut ? "the same command and --resume of the folder" : buffer);
    progress_show(job->progress);
}

/* ---- The run ----------------------------------------------------------- */

/* The picture and the array have names of their own. */
static gf_status check_out_dir(const struct settings *settings, gf_error *error) {
    return settings->out_dir == NULL || settings->frames_every > 0
               ? GF_OK
               : message_set(error, GF_USAGE,
                             "--out-dir: it is for frames alone; add --frames-every N, or leave it "
                             "out");
}

static gf_status run(struct job *job, gf_error *error) {
    gf_status status = check_out_dir(&job->settings, error);
    if (status == GF_OK)
        status = job_open_comparison(job, GF_PICK_ONE, error);
    if (status != GF_OK)
        return status;
    const gf_target *target = &job->selection.targets[0];
    const gf_result *result = NULL;
    job_announce_target(job, target);
    status = job_run(job, target, &result, error);
    tell_rest(job, status, result);
    if (status != GF_OK)
        return status;
    if (gf_result_outcome(result) == GF_OUTCOME_OK) {
        status = job_write_outputs(job, result, error);
        if (status == GF_OK && job->settings.frames_every > 0)
            status = write_frames(job, error);
    }
    if (status == GF_OK)
        status = job_report_comparison(job, "gpufare.run/1", error);
    return status == GF_OK ? gf_comparison_checkpoint_status(job->comparison, error) : status;
}

static gf_status run_ranks_or_here(struct job *job, gf_error *error) {
    return job->ranks != NULL ? ranks_job_run(job, error) : run(job, error);
}

static const cli_group *const groups[] = {
    &settings_device_group,     &settings_driver_group,  &settings_ranks_group,
    &settings_memory_group,     &settings_measure_group, &file_group,
    &settings_divergence_group, &checkpoint_group,       &field_group,
    &settings_energy_group,     &settings_bundle_group,  &settings_page_group,
    &settings_timeline_group,   &settings_result_group,  NULL};
const cli_command run_command = {"run",
                                 "WORKLOAD [options]",
                                 "Run a workload on one device: result, picture, ledger of time",
                                 groups,
                                 settings_run_defaults,
                                 CLI_WORKLOAD,
                                 run_ranks_or_here,
                                 CLI_RANKS_TOGETHER};
