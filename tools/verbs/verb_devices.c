#include "interrupt.h"
#include "report_files.h"
#include "verbs/verbs.h"

static const cli_group *const groups[] = {&settings_report_group, NULL};
const cli_command devices_command = {
    "devices",
    "[options]",
    "List every device, with the id that --device takes, and every driver that can't be used",
    groups,
    &settings_default,
    false};

static gf_status write_report(FILE *stream, gf_format format, const gf_report_style *style,
                              const void *subject, gf_error *error) {
    return gf_session_report(subject, format, style, stream, error);
}

static gf_status list(const struct settings *settings, gf_error *error) {
    gf_session *session = NULL;
    gf_status status = gf_session_open(NULL, &session, error);
    if (status == GF_OK)
        status = gf_session_find_all(session, error);
    if (status == GF_OK)
        status = interrupt_check(error);
    if (status == GF_OK) {
        const bool table = !settings->quiet && !settings_stdout_taken(settings);
        status =
            report_files_write(settings, table, "gpufare.devices/1", write_report, session, error);
    }
    gf_session_close(session);
    return status;
}

gf_status verb_devices(int argc, char **argv, gf_error *error) {
    struct settings settings = settings_default;
    cli_request request = {0};
    gf_status status = cli_parse(&devices_command, argc, argv, &settings, &request, error);
    if (status == GF_OK && !request.answered) {
        status = cli_no_operands(&devices_command, &request, error);
        if (status == GF_OK)
            status = settings_check(&settings, error);
        interrupt_install();
        if (status == GF_OK)
            status = list(&settings, error);
    }
    cli_request_clear(&request);
    return status;
}
