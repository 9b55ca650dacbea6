#include "interrupt.h"
#include "report_files.h"
#include "verbs/verbs.h"

static const cli_group *const groups[] = {&settings_report_group, NULL};
const cli_command doctor_command = {
    "doctor",
    "[options]",
    "Say what is wrong with the set-up of OpenCL and of this machine, and what fixes it",
    groups,
    &settings_default,
    false};

static gf_status write_report(FILE *stream, gf_format format, const gf_report_style *style,
                              const void *subject, gf_error *error) {
    return gf_diagnosis_report(subject, format, style, stream, error);
}

static gf_status diagnose(const struct settings *settings, gf_error *error) {
    gf_diagnosis *diagnosis = NULL;
    gf_status status = gf_diagnosis_create(&diagnosis, error);
    if (status == GF_OK)
        status = interrupt_check(error);
    if (status == GF_OK) {
        const bool table = !settings->quiet && !settings_stdout_taken(settings);
        status =
            report_files_write(settings, table, "gpufare.doctor/1", write_report, diagnosis, error);
    }
    if (status == GF_OK)
        status = gf_diagnosis_status(diagnosis); /* the report has said why */
    gf_diagnosis_destroy(diagnosis);
    return status;
}

gf_status verb_doctor(int argc, char **argv, gf_error *error) {
    struct settings settings = settings_default;
    cli_request request = {0};
    gf_status status = cli_parse(&doctor_command, argc, argv, &settings, &request, error);
    if (status == GF_OK && !request.answered) {
        status = cli_no_operands(&doctor_command, &request, error);
        if (status == GF_OK)
            status = settings_check(&settings, error);
        interrupt_install();
        if (status == GF_OK)
            status = diagnose(&settings, error);
    }
    cli_request_clear(&request);
    return status;
}
