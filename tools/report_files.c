#include "report_files.h"

#include "options/message.h"
#include "os/atomic_file.h"

static gf_status write_file(const char *path, gf_format format, const gf_report_style *style,
                            report_writer write, const void *subject, gf_error *error) {
    gf_atomic_file *file = NULL;
    gf_status status = gf_atomic_file_open(path, &file, error);
    if (status != GF_OK)
        return status;
    status = write(gf_atomic_file_stream(file), format, style, subject, error);
    if (status == GF_OK)
        return gf_atomic_file_commit(file, error);
    gf_atomic_file_discard(file);
    return status;
}

gf_status report_files_write(const struct settings *settings, bool table, const char *schema,
                             report_writer write, const void *subject, gf_error *error) {
    const struct {
        const char *option, *path;
        gf_format format;
    } files[] = {{"json", settings->json, GF_FORMAT_JSON},
                 {"csv", settings->csv, GF_FORMAT_CSV},
                 {"markdown", settings->markdown, GF_FORMAT_MARKDOWN}};
    const gf_report_style style = settings_style(settings, schema);
    gf_report_style plain = style;
    plain.colour = false;
    gf_status status = GF_OK;
    if (table) {
        status = write(stdout, GF_FORMAT_TEXT, &style, subject, error);
        /* It knows best why stdout fails. */
        if (status == GF_OK || ferror(stdout) != 0)
            status = cli_flush_stdout(error);
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0] && status == GF_OK; i++) {
        if (files[i].path == NULL)
            continue;
        status = write_file(files[i].path, files[i].format, &plain, write, subject, error);
        if (status != GF_OK)
            message_add_option(error, files[i].option);
    }
    return status;
}
