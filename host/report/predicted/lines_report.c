/* The report on a sweep along a second one: rows of each line, and the thresholds over the second
 * parameter. Without a second sweep it is the report on the only line. */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "breakeven/breakeven_text.h"
#include "breakeven/lines.h"
#include "plot/lines_plot.h"
#include "plot/plot_markup.h"
#include "report/bounded/sweep_bounds.h"
#include "report/predicted/breakeven_json.h"
#include "report/predicted/breakeven_report.h"
#include "report/report_origin.h"
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

/* By measurements if there are any. */
static gf_basis basis_of(const gf_breakeven_lines *lines) {
    return has_thresholds(lines, GF_MEASURED) ? GF_MEASURED : GF_PREDICTED;
}

static size_t count_wins(const gf_breakeven_lines *lines, const char *label, gf_basis basis) {
    size_t count = 0;
    for (size_t i = 0; i < lines->count; i++) {
        const gf_breakeven_threshold *found = gf_line_threshold(lines->line[i], label, basis);
        count += found != NULL && found->crossover.kind != GF_CROSSOVER_NEVER;
    }
    return count;
}

/* "0:0:vector wins from some size on at 3 of 5 values of max-iter" */
static void format_answer(const gf_breakeven_lines *lines, gf_basis basis, char *buffer,
                          size_t size) {
    const gf_breakeven *first = lines->line[0];
    gf_text text = gf_text_in(buffer, size);
    for (size_t s = 0; s < first->series_count; s++) {
        const size_t count = count_wins(lines, first->series[s]->label, basis);
        if (count > 0)
            gf_text_add(&text, "%s%s wins from some %s on at %zu of %zu values of %s",
                        text.used == 0 ? "" : "; ", first->series[s]->label,
                        first->sweep.param->name, count, lines->count, lines->along.param->name);
    }
    if (text.used == 0)
        gf_text_add(&text, "no device wins at any value of %s", lines->along.param->name);
}

/* The answer over all lines, and what each of them rests on. */
static void write_answer(const gf_breakeven_lines *lines, const gf_writer *to) {
    const gf_basis basis = basis_of(lines);
    char answer[GF_ANSWER_SIZE], rests_on[GF_ANSWER_SIZE];
    if (to->cut_short != NULL) { /* the rest of the sweep might change it */
        gf_write_cut_short(to);
        if (to->format == GF_FORMAT_TEXT)
            fputc('\n', to->stream);
        return;
    }
    format_answer(lines, basis, answer, sizeof answer);
    gf_breakeven_rests_on(lines->line[0], rests_on, sizeof rests_on);
    gf_write_verdict("Answer", answer, any_wins(lines, basis) ? GF_TONE_GOOD : GF_TONE_WARN,
                     rests_on, to);
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
    const gf_basis basis = basis_of(lines);
    const gf_column columns[] = {
        {"device", "", GF_CELL_TEXT, GF_MEANING_DEVICE},
        {lines->along.param->name, "", GF_CELL_TEXT, "the number of the second sweep"},
        {"basis", "", GF_CELL_TEXT, "whether it was measured or predicted"},
        {"wins", "", GF_CELL_TEXT, "against all others: always, from some value on, or never"},
        {"from", "", GF_CELL_TEXT, "the first value of the sweep from which on it wins"},
        {"curves cross at", "", GF_CELL_REAL, "where its time and the best other one are equal"},
        {"low", "", GF_CELL_REAL, "the interval of the crossing: from here"},
        {"high", "", GF_CELL_REAL, "to here"},
        {"ahead after", "", GF_CELL_COUNT,
         "calls at the last value until it is ahead, build and buffers counted"},
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
    table.key_count = 2;
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

static gf_status write_figure(const gf_breakeven_lines *lines, const gf_writer *to,
                              gf_error *error) {
    if (to->document == NULL)
        return GF_OK;
    (void)gf_document_section(to->document, "Where the lead changes");
    return gf_breakeven_lines_draw(lines, gf_plot_write_markup, gf_document_markup(to->document),
                                   error);
}

static gf_status write_markdown(const gf_breakeven_lines *lines, const gf_writer *to,
                                gf_error *error) {
    gf_breakeven_write_heading(lines->line[0], lines->along.param->name, to);
    write_answer(lines, to);
    gf_status status = write_figure(lines, to, error);
    if (status == GF_OK)
        status = write_thresholds(lines, to, error);
    for (size_t i = 0; status == GF_OK && i < lines->count; i++) {
        fprintf(to->stream, "## %s %s\n\n", lines->along.param->name, lines->along.values[i].text);
        const gf_writer once = gf_writer_explaining_once(to, i == 0);
        status = gf_breakeven_write_line(lines->line[i], &once, error);
        fputc('\n', to->stream);
    }
    return status == GF_OK ? gf_write_origin(NULL, true, to, error) : status;
}

static gf_status write_line_bounds(const gf_breakeven_lines *lines, const gf_writer *to,
                                   gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < lines->count; i++) {
        if (lines->line[i]->bounds != NULL)
            fprintf(to->stream, "\n%s %s", lines->along.param->name, lines->along.values[i].text);
        status = gf_sweep_bounds_write(lines->line[i], to, error);
    }
    return status;
}

static gf_status write_text(const gf_breakeven_lines *lines, const gf_writer *to, gf_error *error) {
    gf_status status = GF_OK;
    write_answer(lines, to);
    if (to->cut_short == NULL)
        status = write_thresholds(lines, to, error);
    gf_breakeven_write_heading(lines->line[0], gf_breakeven_lines_parameter(lines), to);
    for (size_t l = 0; status == GF_OK && l < lines->count; l++) {
        fprintf(to->stream, "%s %s\n", lines->along.param->name, lines->along.values[l].text);
        const gf_writer once = gf_writer_explaining_once(to, l == 0);
        status = gf_breakeven_write_rows(lines->line[l], &once, error);
    }
    if (status != GF_OK)
        return status;
    gf_breakeven_write_devices(lines->line[0], to);
    write_remarks(lines, to);
    return write_line_bounds(lines, to, error);
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
        status = gf_breakeven_lines_report_json(lines, &to, error);
    else if (format == GF_FORMAT_CSV)
        status = gf_breakeven_write_csv(lines, &to, error);
    else
        status = format == GF_FORMAT_TEXT ? write_text(lines, &to, error)
                                          : write_markdown(lines, &to, error);
    return gf_writer_end(&to, status, error);
}
