#include "report_files.h"

#include "options/message.h"
#include "os/atomic_file.h"
#include "standard_output.h"

static gf_status write_comparison(const struct report_subject *subject, gf_format format,
                                  const gf_report_style *style, FILE *stream, gf_error *error) {
    if (subject->diff == NULL || format == GF_FORMAT_JSON || format == GF_FORMAT_CSV)
        return gf_comparison_report(subject->comparison, format, style, stream, error);
    return gf_diff_report_with(subject->diff, subject->comparison, format, style, stream, error);
}

gf_status report_files_render(const struct report_subject *subject, gf_format format,
                              const gf_report_style *style, FILE *stream, gf_error *error) {
    if (subject->session != NULL)
        return gf_session_report(subject->session, format, style, stream, error);
    if (subject->comparison != NULL)
        return write_comparison(subject, format, style, stream, error);
    if (subject->diff != NULL)
        return gf_diff_report(subject->diff, format, style, stream, error);
    if (subject->advice != NULL)
        return gf_advice_report(subject->advice, format, style, stream, error);
    if (subject->lines != NULL)
        return gf_breakeven_lines_report(subject->lines, format, style, stream, error);
    if (subject->calibration != NULL)
        return gf_calibration_report(subject->calibration, format, style, stream, error);
    if (subject->inspection != NULL)
        return gf_inspection_report(subject->inspection, format, style, stream, error);
    if (subject->models != NULL)
        return gf_models_report(subject->models, subject->fields, format, style, stream, error);
    if (subject->parallel != NULL && subject->swept)
        return gf_parallel_sweep_report(subject->parallel, format, style, stream, error);
    if (subject->parallel != NULL)
        return gf_parallel_report(subject->parallel, format, style, stream, error);
    if (subject->trace != NULL)
        return gf_trace_report(subject->trace, format, style, stream, error);
    return gf_diagnosis_report(subject->diagnosis, format, style, stream, error);
}

static gf_status write_report(const struct report_subject *subject, gf_format format,
                              const gf_report_style *style, FILE *stream, gf_error *error) {
    return report_files_render(subject, format, style, stream, error);
}

static gf_status write_junit(const struct report_subject *subject, gf_format format,
                             const gf_report_style *style, FILE *stream, gf_error *error) {
    (void)format, (void)style;
    return gf_diff_report_junit(subject->diff, stream, error);
}

static gf_status write_timeline(const struct report_subject *subject, gf_format format,
                                const gf_report_style *style, FILE *stream, gf_error *error) {
    (void)format, (void)style;
    return subject->trace != NULL
               ? gf_trace_report_timeline(subject->trace, stream, error)
               : gf_comparison_report_timeline(subject->comparison, stream, error);
}

static gf_status write_plot(const struct report_subject *subject, gf_plot_format format,
                            FILE *stream, gf_error *error) {
    return subject->lines != NULL
               ? gf_breakeven_lines_plot(subject->lines, format, stream, error)
               : gf_parallel_sweep_plot(subject->parallel, format, stream, error);
}

static gf_status write_svg(const struct report_subject *subject, gf_format format,
                           const gf_report_style *style, FILE *stream, gf_error *error) {
    (void)format, (void)style;
    return write_plot(subject, GF_PLOT_SVG, stream, error);
}

static gf_status write_png(const struct report_subject *subject, gf_format format,
                           const gf_report_style *style, FILE *stream, gf_error *error) {
    (void)format, (void)style;
    return write_plot(subject, GF_PLOT_PNG, stream, error);
}

/* One of the files that the options ask for. */
struct report_file {
    const char *option, *path;
    gf_format format;
    gf_status (*write)(const struct report_subject *subject, gf_format format,
                       const gf_report_style *style, FILE *stream, gf_error *error);
};

static gf_status write_file(const struct report_file *wanted, const gf_report_style *style,
                            const struct report_subject *subject, gf_error *error) {
    gf_atomic_file *file = NULL;
    gf_status status = gf_atomic_file_open(wanted->path, &file, error);
    if (status == GF_OK) {
        FILE *stream = gf_atomic_file_stream(file);
        status = wanted->write(subject, wanted->format, style, stream, error);
        status = gf_atomic_file_close(file, status, error);
    }
    if (status != GF_OK)
        message_add_option(error, wanted->option);
    return status;
}

gf_status report_files_write(const struct settings *settings, const char *schema,
                             struct report_subject subject, gf_error *error) {
    const struct report_file files[] = {
        {"json", settings->json, GF_FORMAT_JSON, write_report},
        {"csv", settings->csv, GF_FORMAT_CSV, write_report},
        {"markdown", settings->markdown, GF_FORMAT_MARKDOWN, write_report},
        {"html", settings->html, GF_FORMAT_HTML, write_report},
        {"junit", subject.diff == NULL ? NULL : settings->junit, GF_FORMAT_TEXT, write_junit},
        {"timeline", settings->timeline, GF_FORMAT_JSON, write_timeline},
        {"trace", settings->trace, GF_FORMAT_JSON, write_timeline},
        {"svg", subject.plotted ? settings->svg : NULL, GF_FORMAT_TEXT, write_svg},
        {"png", subject.plotted ? settings->png : NULL, GF_FORMAT_TEXT, write_png}};
    gf_report_style style = settings_style(settings, schema);
    style.cut_short = subject.cut_short;
    gf_status status = GF_OK;
    if (settings_table_wanted(settings)) {
        FILE *stream = settings->table_on_stderr ? stderr : stdout;
        status = report_files_render(&subject, GF_FORMAT_TEXT, &style, stream, error);
        if (status == GF_OK || ferror(stdout) != 0) /* its message says why stdout failed */
            status = standard_output_flush(error);
    }
    style.colour = false;
    style.width = 0;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        gf_error failure = GF_ERROR_INIT;
        if (files[i].path == NULL)
            continue;
        const gf_status written = write_file(&files[i], &style, &subject, &failure);
        if (written != GF_OK && status == GF_OK) {
            status = written;
            *error = failure;
        } else {
            gf_error_clear(&failure);
        }
    }
    return status;
}
