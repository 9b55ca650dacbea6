/* The report on a sweep along a second one: rows of each line, and the thresholds over the second
 * parameter. Without a second sweep it is the report on the only line. */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/stream.h"
#include "breakeven/breakeven_text.h"
#include "breakeven/lines.h"
#include "report/bounded/sweep_bounds.h"
#include "report/predicted/breakeven_json.h"
#include "report/predicted/breakeven_report.h"
#include "report/report_text.h"
#include "stats/confidence.h"

static bool is_single(const gf_breakeven_lines *lines) {
    return lines->along.param == NULL;
}

/* ---- The thresholds along the second parameter ------------------------- */

static const char *const kind_names[] = {
    [GF_CROSSOVER_ALWAYS] = "always", [GF_CROSSOVER_AT] = "from", [GF_CROSSOVER_NEVER] = "never"};

static void add_place(gf_table *table, double place) {
    gf_table_number_if(table, place > 0 && isfinite(place), place);
}

static void add_threshold_row(gf_table *table, const gf_breakeven_lines *lines, size_t index,
                              const char *label, gf_basis basis) {
    const gf_breakeven *line = lines->line[index];
    const gf_breakeven_threshold *found = gf_line_threshold(line, label, basis);
    gf_table_text(table, label);
    gf_table_text(table, gf_breakeven_lines_value(lines, index));
    gf_table_text(table, gf_basis_name(basis));
    if (found == NULL) {
        gf_table_text(table, "can't tell");
        for (int i = 0; i < 5; i++)
            gf_table_text(table, NULL);
        return;
    }
    const gf_crossover *crossover = &found->crossover;
    gf_table_text(table, kind_names[crossover->kind]);
    gf_table_text(table, crossover->kind == GF_CROSSOVER_NEVER
                             ? NULL
                             : line->sweep.values[crossover->index].text);
    add_place(table, crossover->crossing);
    add_place(table, crossover->low);
    add_place(table, crossover->high);
    const uint64_t calls =
        gf_breakeven_ahead_after(line, line->series[found->series], line->sweep.count - 1, basis);
    gf_table_number_if(table, calls > 0, (double)calls);
}

/* Whether anything was found on this basis. */
static bool has_thresholds(const gf_breakeven_lines *lines, gf_basis basis) {
    for (size_t i = 0; i < lines->count; i++) {
        for (size_t t = 0; t < lines->line[i]->threshold_count; t++) {
            if (lines->line[i]->thresholds[t].basis == basis)
                return true;
        }
    }
    return false;
}

static bool any_wins(const gf_breakeven_lines *lines, gf_basis basis) {
    const gf_breakeven *first = lines->line[0];
    for (size_t s = 0; s < first->series_count; s++) {
        if (gf_lines_ever_wins(lines, first->series[s]->label, basis))
            return true;
    }
    return false;
}

/* Why no device wins, of each line. */
static void write_answers(const gf_breakeven_lines *lines, const gf_writer *to) {
    char answer[GF_ANSWER_SIZE], label[128];
    for (size_t i = 0; i < lines->count; i++) {
        snprintf(label, sizeof label, "Answer at %s %s", lines->along.param->name,
                 lines->along.values[i].text);
        gf_breakeven_answer(lines->line[i], answer, sizeof answer);
        gf_write_conclusion(label, answer, to);
    }
    fputc('\n', to->stream);
}

/* Of each device that wins in any line, by measurements if there are any. */
static gf_status write_thresholds(const gf_breakeven_lines *lines, const gf_writer *to,
                                  gf_error *error) {
    const gf_breakeven *first = lines->line[0];
    const gf_basis basis = has_thresholds(lines, GF_MEASURED) ? GF_MEASURED : GF_PREDICTED;
    const gf_column columns[] = {
        {"device", "", GF_CELL_TEXT},       {lines->along.param->name, "", GF_CELL_TEXT},
        {"basis", "", GF_CELL_TEXT},        {"wins", "", GF_CELL_TEXT},
        {"from", "", GF_CELL_TEXT},         {"curves cross at", "", GF_CELL_REAL},
        {"low", "", GF_CELL_REAL},          {"high", "", GF_CELL_REAL},
        {"ahead after", "", GF_CELL_COUNT},
    };
    char title[320];
    if (!any_wins(lines, basis)) {
        write_answers(lines, to);
        return GF_OK;
    }
    snprintf(title, sizeof title,
             "From which %s on a device wins against all others, along %s "
             "(%.0f %% intervals; ahead after: calls at %s, with build and buffers counted)",
             first->sweep.param->name, lines->along.param->name, 100 * GF_CONFIDENCE,
             first->sweep.values[first->sweep.count - 1].text);
    gf_table table = gf_table_begin(title, columns, GF_COUNT_OF(columns));
    for (size_t s = 0; s < first->series_count; s++) {
        const char *label = first->series[s]->label;
        for (size_t i = 0; gf_lines_ever_wins(lines, label, basis) && i < lines->count; i++)
            add_threshold_row(&table, lines, i, label, basis);
    }
    return gf_table_write_apart(&table, to, error);
}

/* ---- Remarks ----------------------------------------------------------- */

/* Whether a line has this remark. */
static bool has_remark(const gf_breakeven *line, const char *text) {
    char own[GF_REMARK_SIZE];
    for (size_t i = 0; gf_breakeven_remark(line, i, own, sizeof own); i++) {
        if (strcmp(own, text) == 0)
            return true;
    }
    return false;
}

/* One that all lines have is written once, any other one with the value of its line. */
static void write_remarks(const gf_breakeven_lines *lines, const gf_writer *to) {
    char text[GF_REMARK_SIZE];
    for (size_t l = 0; l < lines->count; l++) {
        for (size_t i = 0; gf_breakeven_remark(lines->line[l], i, text, sizeof text); i++) {
            size_t holders = 0;
            for (size_t other = 0; other < lines->count; other++)
                holders += has_remark(lines->line[other], text);
            if (text[0] == '\0' || (holders == lines->count && l > 0))
                continue;
            fprintf(to->stream, "%snote: ", gf_breakeven_mark(to));
            if (holders < lines->count)
                fprintf(to->stream, "%s %s: ", lines->along.param->name,
                        lines->along.values[l].text);
            fprintf(to->stream, "%s\n", text);
        }
    }
    const gf_notes *not_used = &lines->line[0]->not_used;
    for (size_t i = 0; i < not_used->count; i++)
        fprintf(to->stream, "%snot used: %s\n", gf_breakeven_mark(to), not_used->lines[i]);
}

/* ---- The report -------------------------------------------------------- */

static gf_status write_markdown(const gf_breakeven_lines *lines, const gf_writer *to,
                                gf_error *error) {
    gf_breakeven_write_heading(lines->line[0], lines->along.param->name, to);
    gf_status status = write_thresholds(lines, to, error);
    for (size_t i = 0; status == GF_OK && i < lines->count; i++) {
        fprintf(to->stream, "## %s %s\n\n", lines->along.param->name, lines->along.values[i].text);
        status = gf_breakeven_write_line(lines->line[i], to, error);
        fputc('\n', to->stream);
    }
    return status;
}

gf_status gf_breakeven_lines_report_heading(const gf_breakeven_lines *lines,
                                            const gf_report_style *style, FILE *stream,
                                            gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    const gf_status status = gf_writer_begin(stream, GF_FORMAT_TEXT, style, &to, error);
    if (status != GF_OK)
        return status;
    gf_breakeven_write_heading(lines->line[0], gf_breakeven_lines_parameter(lines), &to);
    return gf_check_stream(stream, error);
}

gf_status gf_breakeven_lines_report_value(const gf_breakeven_lines *lines, size_t line,
                                          size_t index, const gf_report_style *style, FILE *stream,
                                          gf_error *error) {
    GF_ENTER(error);
    if (line >= lines->count)
        return gf_error_set_parameter(error, GF_USAGE, "sweep", ": has no line %zu; it has %zu",
                                      line, lines->count);
    if (index == 0 && !is_single(lines))
        fprintf(stream, "%s%s %s\n", line == 0 ? "" : "\n", lines->along.param->name,
                lines->along.values[line].text);
    return gf_breakeven_report_value(lines->line[line], index, style, stream, error);
}

gf_status gf_breakeven_lines_report_conclusions(const gf_breakeven_lines *lines,
                                                const gf_report_style *style, FILE *stream,
                                                gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    if (is_single(lines))
        return gf_breakeven_report_conclusions(lines->line[0], style, stream, error);
    gf_status status = gf_writer_begin(stream, GF_FORMAT_TEXT, style, &to, error);
    if (status != GF_OK)
        return status;
    fputc('\n', stream);
    gf_write_cut_short(&to);
    if (to.cut_short != NULL) /* the rest of the sweep might change the thresholds */
        fputc('\n', stream);
    else
        status = write_thresholds(lines, &to, error);
    gf_breakeven_write_devices(lines->line[0], &to);
    write_remarks(lines, &to);
    for (size_t i = 0; status == GF_OK && i < lines->count; i++) {
        if (lines->line[i]->bounds != NULL)
            fprintf(stream, "\n%s %s", lines->along.param->name, lines->along.values[i].text);
        status = gf_sweep_bounds_write(lines->line[i], &to, error);
    }
    return status == GF_OK ? gf_check_stream(stream, error) : status;
}

static gf_status write_text(const gf_breakeven_lines *lines, const gf_report_style *style,
                            FILE *stream, gf_error *error) {
    gf_status status = gf_breakeven_lines_report_heading(lines, style, stream, error);
    for (size_t l = 0; l < lines->count; l++) {
        for (size_t i = 0; status == GF_OK && i < lines->line[l]->sweep.count; i++)
            status = gf_breakeven_lines_report_value(lines, l, i, style, stream, error);
    }
    return status == GF_OK ? gf_breakeven_lines_report_conclusions(lines, style, stream, error)
                           : status;
}

gf_status gf_breakeven_lines_report(const gf_breakeven_lines *lines, gf_format format,
                                    const gf_report_style *style, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    if (is_single(lines))
        return gf_breakeven_report(lines->line[0], format, style, stream, error);
    gf_status status = gf_writer_begin(stream, format, style, &to, error);
    if (status != GF_OK)
        return status;
    if (format == GF_FORMAT_JSON)
        return gf_breakeven_lines_report_json(lines, &to, error);
    if (format == GF_FORMAT_TEXT)
        return write_text(lines, style, stream, error);
    status = format == GF_FORMAT_CSV ? gf_breakeven_write_csv(lines, &to, error)
                                     : write_markdown(lines, &to, error);
    return status == GF_OK ? gf_check_stream(stream, error) : status;
}
