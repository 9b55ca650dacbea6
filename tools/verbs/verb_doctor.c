#include "interrupt.h"
#include "job.h"
#include "verbs/verbs.h"

static gf_status diagnose(struct job *job, gf_error *error) {
    gf_diagnosis *diagnosis = NULL;
    gf_status status = gf_diagnosis_create(interrupt_flag(), &diagnosis, error);
    if (status == GF_OK) /* also of what was known when a signal came */
        status = job_report(job, "gpufare.doctor/1",
                            (struct report_subject){.diagnosis = diagnosis}, error);
    if (status == GF_OK)
        status = interrupt_check(error);
    if (status == GF_OK)
        status = gf_diagnosis_status(diagnosis); /* the report has said why */
    gf_diagnosis_destroy(diagnosis);
    return status;
}

static const cli_group *const groups[] = {&settings_report_group, NULL};
const cli_command doctor_command = {
    "doctor",
    "[options]",
    "Say what is wrong with the set-up of OpenCL and of this machine, and what fixes it",
    groups,
    settings_defaults,
    CLI_NONE,
    diagnose,
    CLI_RANKS_FIRST};
