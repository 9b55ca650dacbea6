#include "interrupt.h"
#include "job.h"
#include "verbs/verbs.h"

static const cli_option check_options[] = {
    CLI_OPTION(CLI_REAL, "deadline", 0, deadline_s, "SECONDS",
               "how long the kernels, and the twin, may take at each size; default: 60",
               .max = 1e6),
};
static const cli_group check_group = CLI_GROUP("Check", check_options);

static gf_status check(struct job *job, gf_error *error) {
    gf_inspection *inspection = NULL;
    const gf_session_options options = {.deadline_s = job->settings.deadline_s,
                                        .cancel = interrupt_flag()};
    gf_status status = gf_inspection_create(job->params, &options, &inspection, error);
    if (status == GF_OK)
        status = job_report(job, "gpufare.check/1",
                            (struct report_subject){.inspection = inspection}, error);
    if (status == GF_OK)
        status = gf_inspection_status(inspection, error);
    gf_inspection_destroy(inspection);
    return status;
}

static const cli_group *const groups[] = {&check_group, &settings_report_group, NULL};
const cli_command check_command = {
    "check",
    "MANIFEST [options]",
    "Find races, accesses out of bounds and undefined behaviour in a kernel of your own and its "
    "CPU twin",
    groups,
    settings_defaults,
    CLI_WORKLOAD,
    check,
    CLI_RANKS_FIRST};
