#include <stdlib.h>

#include "job.h"
#include "verbs/verbs.h"

static const cli_option file_options[] = {
    {.name = "output",
     .letter = 'o',
     .kind = CLI_TEXT,
     .offset = offsetof(struct settings, output),
     .placeholder = "FILE.png",
     .help = "write the picture"},
    {.name = "npy",
     .kind = CLI_TEXT,
     .offset = offsetof(struct settings, npy),
     .placeholder = "FILE",
     .help = "write the result as a NumPy array"},
    {.name = "out-dir",
     .kind = CLI_TEXT,
     .offset = offsetof(struct settings, out_dir),
     .placeholder = "DIR",
     .help = "directory of the frames; made if it does not exist"},
    {.name = "frames-every",
     .kind = CLI_UINT,
     .offset = offsetof(struct settings, frames_every),
     .min = 1,
     .max = 1000000000, /* as many as a run may have steps */
     .placeholder = "N",
     .help = "after the timed runs, write a picture each N steps as DIR/WORKLOAD-NNNNNN.png"},
};
static const cli_group file_group = {"Files", file_options,
                                     sizeof file_options / sizeof file_options[0]};

static const cli_group *const groups[] = {
    &settings_device_group,     &settings_measure_group, &file_group,
    &settings_divergence_group, &settings_report_group,  NULL};
const cli_command run_command = {
    "run",  "WORKLOAD [options]",  "Run a workload on one device: result, picture, ledger of time",
    groups, &settings_run_default, true};

static gf_status write_frames(struct job *job, gf_error *error) {
    char *prefix = job_path(job, NULL, "", error);
    if (prefix == NULL)
        return error->status;
    const gf_status status = gf_comparison_write_frames(job->comparison, job->selection.targets,
                                                        job->settings.frames_every, prefix, error);
    free(prefix);
    return status;
}

static gf_status run(struct job *job, gf_error *error) {
    const gf_target *target = &job->selection.targets[0];
    job_print_choice(job, target);
    const gf_result *result = NULL;
    gf_status status = job_run(job, target, &result, error);
    if (status != GF_OK)
        return status;
    if (gf_result_outcome(result) == GF_OUTCOME_OK) {
        status = job_write_outputs(job, result, error);
        if (status == GF_OK && job->settings.frames_every > 0)
            status = write_frames(job, error);
    }
    return status == GF_OK ? job_report(job, "gpufare.run/1", error) : status;
}

gf_status verb_run(int argc, char **argv, gf_error *error) {
    struct job job = {0};
    gf_status status = job_open(&run_command, GF_PICK_ONE, argc, argv, &job, error);
    if (status == GF_OK && !job.request.answered)
        status = run(&job, error);
    job_close(&job);
    return status;
}
