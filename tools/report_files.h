/* Reports in every format that the options ask for. */
#pragma once

#include "options/settings.h"

/* What a report is about: the one that is not NULL. The changes of a comparison follow it in
 * reports for people; its JSON and CSV stay as they are, to be compared with later. */
struct report_subject {
    const gf_session *session;
    const gf_comparison *comparison;
    const gf_advice *advice;
    const gf_breakeven_lines *lines;
    const gf_calibration *calibration;
    const gf_diagnosis *diagnosis;
    const gf_inspection *inspection;
    const gf_models *models;
    const gf_diff *diff; /* also with a comparison, whose changes it has */
    const gf_trace *trace;
    const gf_parallel *parallel;
    bool swept;            /* of the ranks: a sweep over them */
    bool plotted;          /* of lines or a sweep: their curves are drawn where that is asked for */
    bool fields;           /* of the models, not only a row for each */
    const char *cut_short; /* besides that: why the work ended early; else NULL */
};

/* Writes one report to a stream. */
gf_status report_files_render(const struct report_subject *subject, gf_format format,
                              const gf_report_style *style, FILE *stream, gf_error *error);

/* Writes the JSON, CSV, Markdown, HTML, timeline, SVG and PNG files that the settings name, and the
 * text table to stdout if it is wanted. A file appears only when it is complete. */
gf_status report_files_write(const struct settings *settings, const char *schema,
                             struct report_subject subject, gf_error *error);
