#include "bundle_file.h"

#include <stdlib.h>

#include "interrupt.h"
#include "options/message.h"

gf_status bundle_file_begin(int argc, char **argv, const char *operand, const gf_workload *workload,
                            gf_bundle **bundle, gf_error *error) {
    size_t argument = 0;
    for (int i = 0; i < argc; i++) {
        if (argv[i] == operand)
            argument = (size_t)i;
    }
    gf_status status = gf_bundle_create((const char *const *)argv, (size_t)argc, bundle, error);
    if (status == GF_OK)
        status = gf_bundle_add_workload(*bundle, workload, argument, error);
    if (status != GF_OK)
        message_add_option(error, "bundle");
    return status;
}

/* ---- Files that are made now ------------------------------------------- */

typedef struct part {
    const char *name, *what;
    gf_status (*put)(const gf_session *session, const struct report_subject *subject,
                     const gf_report_style *style, FILE *stream, gf_error *error);
} part;

static gf_status put_json(const gf_session *session, const struct report_subject *subject,
                          const gf_report_style *style, FILE *stream, gf_error *error) {
    (void)session;
    return report_files_render(subject, GF_FORMAT_JSON, style, stream, error);
}

static gf_status put_markdown(const gf_session *session, const struct report_subject *subject,
                              const gf_report_style *style, FILE *stream, gf_error *error) {
    (void)session;
    return report_files_render(subject, GF_FORMAT_MARKDOWN, style, stream, error);
}

static gf_status put_devices(const gf_session *session, const struct report_subject *subject,
                             const gf_report_style *style, FILE *stream, gf_error *error) {
    (void)subject, (void)style;
    return gf_session_report(session, GF_FORMAT_JSON, NULL, stream, error);
}

/* An examination that was cut short says so itself. */
static gf_status put_set_up(const gf_session *session, const struct report_subject *subject,
                            const gf_report_style *style, FILE *stream, gf_error *error) {
    (void)session, (void)subject, (void)style;
    gf_diagnosis *diagnosis = NULL;
    gf_error cause = GF_ERROR_INIT;
    gf_status status = gf_diagnosis_create(interrupt_flag(), &diagnosis, &cause);
    if (diagnosis != NULL)
        status = gf_diagnosis_report(diagnosis, GF_FORMAT_JSON, NULL, stream, error);
    else
        *error = cause;
    gf_diagnosis_destroy(diagnosis);
    return status;
}

static gf_status put_curve(const gf_session *session, const struct report_subject *subject,
                           const gf_report_style *style, FILE *stream, gf_error *error) {
    (void)session, (void)style;
    return gf_breakeven_lines_plot(subject->lines, GF_PLOT_SVG, stream, error);
}

static gf_status add_part(gf_bundle *bundle, const part *what, const gf_session *session,
                          const struct report_subject *subject, const gf_report_style *style,
                          gf_error *error) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        return message_set(error, GF_FAILED, "no memory for %s", what->name);
    gf_status status = what->put(session, subject, style, stream, error);
    if (fclose(stream) != 0 && status == GF_OK)
        status = message_set(error, GF_FAILED, "no memory for %s", what->name);
    if (status == GF_OK)
        status = gf_bundle_add_text(bundle, what->name, what->what, text, error);
    free(text);
    return status;
}

static bool has_curve(const struct report_subject *subject) {
    gf_error none = GF_ERROR_INIT;
    const bool has = subject->lines != NULL && gf_plot_check(&none) == GF_OK;
    gf_error_clear(&none);
    return has;
}

/* A sweep of threads that was interrupted may have no session open. */
static bool has_subject(const part *what, const gf_session *session) {
    return what->put != put_devices || session != NULL;
}

gf_status bundle_file_write(gf_bundle *bundle, const char *path, const gf_session *session,
                            const char *schema, const struct report_subject *subject,
                            gf_error *error) {
    static const part parts[] = {{"report.json", "report", put_json},
                                 {"report.md", "report, to be read", put_markdown},
                                 {"devices.json", "devices and drivers", put_devices},
                                 {"doctor.json", "OpenCL set-up", put_set_up}};
    static const part curve = {"pictures/breakeven.svg", "picture", put_curve};
    const gf_report_style style = {
        .schema = schema, .cut_short = subject->cut_short, .verbose = true};
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < sizeof parts / sizeof parts[0]; i++)
        status = has_subject(&parts[i], session)
                     ? add_part(bundle, &parts[i], session, subject, &style, error)
                     : GF_OK;
    if (status == GF_OK && has_curve(subject))
        status = add_part(bundle, &curve, session, subject, &style, error);
    if (status == GF_OK)
        status = gf_bundle_write(bundle, path, error);
    if (status != GF_OK)
        message_add_option(error, "bundle");
    return status;
}
