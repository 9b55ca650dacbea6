#include "interrupt.h"
#include "job.h"
#include "verbs/verbs.h"

static gf_status list_devices(struct job *job, gf_error *error) {
    gf_status status = job_open_session(job, error);
    if (status == GF_OK)
        status = gf_session_find_all(job->session, error);
    if (status == GF_OK && job->settings.verbose)
        status = gf_session_find_facts(job->session, error);
    if (status == GF_OK)
        status = interrupt_check(error);
    if (status != GF_OK)
        return status;
    return job_report(job, "gpufare.devices/1", (struct report_subject){.session = job->session},
                      error);
}

static const cli_group *const groups[] = {&settings_driver_group, &settings_listing_group, NULL};
const cli_command devices_command = {
    "devices",
    "[options]",
    "List every device, with the id that --device takes, and every driver that can't be used",
    groups,
    settings_defaults,
    CLI_NONE,
    list_devices,
    CLI_RANKS_FIRST};
