#include <stdlib.h>

#include "job.h"
#include "options/ranks/rank_options.h"
#include "verbs/ranks_job.h"
#include "verbs/verbs.h"

static const cli_option variant_options[] = {
    CLI_OPTION(CLI_FLAG, "all-variants", 'a', all_variants, NULL,
               "add every other kernel variant that each device offers"),
};
static const cli_group variant_group = CLI_GROUP("Variants", variant_options);

static const cli_option file_options[] = {
    CLI_OPTION(CLI_TEXT, "out-dir", 0, out_dir, "DIR",
               "write each device's picture as DIR/WORKLOAD-DEVICE.png, and a picture of the "
               "differences of a device that disagrees; made if it does not exist"),
    CLI_OPTION(CLI_TEXT, "output", 'o', output, "FILE.png",
               "write the picture of the first device that is ok"),
    CLI_OPTION(CLI_TEXT, "npy", 0, npy, "FILE", "write the result of the first device that is ok"),
};
static const cli_group file_group = CLI_GROUP("Files", file_options);

typedef gf_status (*picture_writer)(gf_comparison *comparison, const gf_result *result,
                                    const char *path, gf_error *error);

static gf_status write_picture(struct job *job, picture_writer write, const gf_result *result,
                               const char *suffix, gf_error *error) {
    char *path = job_path(job, gf_result_label(result), suffix, error);
    if (path == NULL)
        return error->status;
    const gf_status status = write(job->comparison, result, path, error);
    free(path);
    return status;
}

/* A file that can't be written must not end the comparison: the first such failure is kept and
 * reported last. */
static void keep_first(gf_error *kept, gf_error *failure) {
    if (kept->status == GF_OK)
        *kept = *failure;
    else
        gf_error_clear(failure);
    *failure = (gf_error)GF_ERROR_INIT;
}

static gf_status write_pictures(struct job *job, const gf_result *result, gf_error *error) {
    if (job->settings.out_dir == NULL)
        return GF_OK;
    if (gf_result_outcome(result) == GF_OUTCOME_OK && gf_workload_has_picture(job->workload))
        return write_picture(job, gf_comparison_write_png, result, ".png", error);
    if (gf_result_outcome(result) == GF_OUTCOME_MISMATCH)
        return write_picture(job, gf_comparison_write_difference, result, "-difference.png", error);
    return GF_OK;
}

static gf_status write_files(struct job *job, const gf_result *result, bool *outputs_written,
                             gf_error *error) {
    const gf_status status = write_pictures(job, result, error);
    if (status != GF_OK || *outputs_written || gf_result_outcome(result) != GF_OUTCOME_OK)
        return status;
    *outputs_written = true;
    return job_write_outputs(job, result, error);
}

static gf_status compare_one(struct job *job, const gf_target *target, bool *outputs_written,
                             gf_error *kept, gf_error *error) {
    job_announce_target(job, target);
    const gf_result *result = NULL;
    gf_status status = job_run(job, target, &result, error);
    if (status != GF_OK)
        return status;
    status = write_files(job, result, outputs_written, error);
    if (status == GF_OK || status == GF_INTERRUPTED)
        return status;
    keep_first(kept, error);
    return GF_OK;
}

static gf_status compare(struct job *job, gf_error *error) {
    bool outputs_written = false;
    gf_error kept = GF_ERROR_INIT;
    gf_status status = job_open_comparison(job, GF_PICK_MANY, error);
    for (size_t i = 0; status == GF_OK && i < job->selection.count; i++)
        status = compare_one(job, &job->selection.targets[i], &outputs_written, &kept, error);
    if (status == GF_OK)
        status = job_report_comparison(job, "gpufare.compare/1", error);
    else if (job->comparison != NULL)
        job_report_cut_short(job, "gpufare.compare/1",
                             (struct report_subject){.comparison = job->comparison},
                             (struct job_rest){gf_comparison_result_count(job->comparison),
                                               job->selection.count, "devices", error});
    if (status == GF_OK && kept.status != GF_OK) {
        *error = kept;
        return kept.status;
    }
    gf_error_clear(&kept);
    return status == GF_OK ? job_check_drivers(job, error) : status;
}

static gf_status compare_ranks_or_here(struct job *job, gf_error *error) {
    return job->ranks != NULL ? ranks_job_compare(job, error) : compare(job, error);
}

static const cli_group *const groups[] = {&settings_device_group,
                                          &settings_driver_group,
                                          &settings_ranks_group,
                                          &settings_scaling_group,
                                          &settings_memory_group,
                                          &variant_group,
                                          &settings_measure_group,
                                          &file_group,
                                          &settings_baseline_group,
                                          &settings_energy_group,
                                          &settings_bundle_group,
                                          &settings_page_group,
                                          &settings_timeline_group,
                                          &settings_result_group,
                                          NULL};
const cli_command compare_command = {
    "compare",
    "WORKLOAD [options]",
    "Run a workload on every device: table of times, proof of the results, checklist, verdict",
    groups,
    settings_defaults,
    CLI_WORKLOAD,
    compare_ranks_or_here,
    CLI_RANKS_TOGETHER};
