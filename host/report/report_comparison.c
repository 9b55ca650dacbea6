/* Reports for people, as text or Markdown: the tables, the notes, the checklist and the verdict. */
#include <stdlib.h>

#include "analyse/ranking.h"
#include "analyse/verdict.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/stream.h"
#include "report/report_checklist.h"
#include "report/report_json.h"
#include "report/report_notes.h"
#include "report/report_tables.h"
#include "report/report_text.h"

/* ---- The checklist ----------------------------------------------------- */

static void add_checks(const gf_comparison *comparison, const gf_result *result,
                       gf_criterion_row *rows, size_t *count) {
    for (gf_criterion criterion = 0; criterion < GF_CRITERION_COUNT; criterion++) {
        gf_criterion_row *row = &rows[(*count)++];
        row->label = result->label;
        gf_criterion_evaluate(comparison, result, criterion, &row->result);
    }
}

static gf_status write_checklist(const gf_comparison *comparison, const gf_report_style *style,
                                 gf_format format, FILE *stream, gf_error *error) {
    const size_t most = comparison->result_count * GF_CRITERION_COUNT;
    gf_criterion_row *rows = calloc(most + 1, sizeof *rows);
    if (rows == NULL)
        return gf_error_no_memory(error, "the checklist", (most + 1) * sizeof *rows);
    const gf_rank_rows results = gf_rank_rows_of_comparison(comparison);
    size_t count = 0;
    for (size_t i = 0; i < comparison->result_count; i++) {
        if (style->verbose || gf_rank_stands_for_device(&results, i))
            add_checks(comparison, comparison->results[i], rows, &count);
    }
    const gf_status status = gf_write_criteria(rows, count, format, style->colour, stream, error);
    free(rows);
    return status;
}

/* ---- The report -------------------------------------------------------- */

static void write_verdict(const gf_comparison *comparison, gf_format format, bool colour,
                          FILE *stream) {
    gf_verdict verdict;
    gf_verdict_reach(comparison, &verdict);
    gf_write_conclusion("Verdict", verdict.text, format, colour, stream);
    if (verdict.flips_when[0] != '\0')
        fprintf(stream,
                format == GF_FORMAT_MARKDOWN ? "\n**What would flip it:** %s\n"
                                             : "  what would flip it: %s\n",
                verdict.flips_when);
}

static gf_status write_for_people(const gf_comparison *comparison, gf_format format,
                                  const gf_report_style *style, FILE *stream, gf_error *error) {
    gf_write_heading(comparison->problem, format, stream);
    gf_status status = gf_write_comparison(comparison, format, style->colour, stream, error);
    if (status == GF_OK)
        status = gf_write_ledger(comparison, format, style->colour, stream, error);
    if (status == GF_OK && style->verbose)
        status = gf_write_phases(comparison, format, style->colour, stream, error);
    if (status != GF_OK)
        return status;
    gf_write_notes(comparison, style->verbose, format, stream);
    status = write_checklist(comparison, style, format, stream, error);
    write_verdict(comparison, format, style->colour, stream);
    return status;
}

gf_status gf_comparison_report(const gf_comparison *comparison, gf_format format,
                               const gf_report_style *style, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    if (format == GF_FORMAT_JSON)
        return gf_comparison_report_json(comparison, style->schema, stream, error);
    const gf_status status = format == GF_FORMAT_CSV
                                 ? gf_write_csv(comparison, stream, error)
                                 : write_for_people(comparison, format, style, stream, error);
    return status == GF_OK ? gf_check_stream(stream, error) : status;
}
