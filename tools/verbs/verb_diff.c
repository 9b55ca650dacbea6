#include "job.h"
#include "options/message.h"
#include "verbs/verbs.h"

static gf_status read_both(const cli_request *request, gf_saved_reports **before,
                           gf_saved_reports **after, gf_error *error) {
    if (request->operand_count != 2)
        return message_set(error, GF_USAGE,
                           "diff: give two reports, OLD.json and NEW.json, which `gpufare run` or "
                           "`gpufare compare` wrote with --json; several of one side with commas "
                           "between");
    const gf_status status = gf_saved_reports_read(request->operands[0], before, error);
    return status == GF_OK ? gf_saved_reports_read(request->operands[1], after, error) : status;
}

static gf_status diff(struct job *job, gf_error *error) {
    gf_saved_reports *before = NULL, *after = NULL;
    gf_diff *changes = NULL;
    gf_status status = read_both(&job->request, &before, &after, error);
    if (status == GF_OK)
        status = gf_diff_create(before, after, job->settings.fail_above, job->settings.seed,
                                &changes, error);
    if (status == GF_OK)
        status = job_report(job, "gpufare.diff/1", (struct report_subject){.diff = changes}, error);
    if (status == GF_OK)
        status = gf_diff_status(changes, error);
    gf_diff_destroy(changes);
    gf_saved_reports_destroy(before);
    gf_saved_reports_destroy(after);
    return status;
}

static const cli_group *const groups[] = {&settings_changes_group, &settings_report_group, NULL};
const cli_command diff_command = {
    "diff",
    "OLD.json[,...] NEW.json[,...] [options]",
    "Say which times of two saved reports differ: slower, faster, the "
    "same, or can't tell",
    groups,
    settings_defaults,
    CLI_WORDS,
    diff,
    CLI_RANKS_FIRST};
