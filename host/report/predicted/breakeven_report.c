#include "report/predicted/breakeven_report.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "breakeven/breakeven.h"
#include "breakeven/breakeven_text.h"
#include "plot/breakeven_plot.h"
#include "plot/plot_markup.h"
#include "report/bounded/sweep_bounds.h"
#include "report/predicted/breakeven_json.h"
#include "report/report_origin.h"
#include "report/report_text.h"
#include "report/table/table.h"
#include "stats/confidence.h"

/* ---- Cells of a device at a value -------------------------------------- */

/* Columns of the CSV and of both kinds of tables. */
#define TIME_COLUMNS                                                                               \
    {"measured ms", "measured_ns", GF_CELL_MS,                                                     \
     "one round trip, data to the device, computing, results back (median)"},                      \
        {"min", "measured_min_ns", GF_CELL_MS, "the shortest that was measured"},                  \
        {"max", "measured_max_ns", GF_CELL_MS, "the longest that was measured"},                   \
        {"samples", "samples", GF_CELL_COUNT, "round trips that were timed"},                      \
        {"predicted ms", "predicted_ns", GF_CELL_MS, "what such a round trip should take"},        \
        {"low", "predicted_low_ns", GF_CELL_MS, "the prediction's interval: from here"},           \
        {"high", "predicted_high_ns", GF_CELL_MS, "to here"},                                      \
        {"error", "error", GF_CELL_SHARE, "predicted / measured - 1"}, {                           \
        "note", "note", GF_CELL_TEXT, "why there is no time, or what it is of"                     \
    }
/* What follows the column of the values. */
#define DEVICE_COLUMN                                                                              \
    { "device", "device", GF_CELL_TEXT, GF_MEANING_DEVICE }
#define FOOTPRINT_COLUMN                                                                           \
    { "footprint", "footprint_bytes", GF_CELL_BYTES, "bytes of all buffers" }
#define VALUE_MEANING "the number that varies"

static bool is_possible(const gf_breakeven_cell *cell) {
    return cell->asked && cell->prediction.possible;
}

/* Why there is no time, or what limits it. */
static const char *cell_note(const gf_breakeven_cell *cell) {
    if (cell->reason[0] != '\0' || !cell->asked)
        return cell->reason;
    if (!cell->prediction.possible)
        return cell->prediction.why_not;
    return cell->prediction.beyond ? "beyond the measured cases" : NULL;
}

/* "pipelined; serial 3.456 ms" */
static void add_schedules(gf_text *text, const char *basis, gf_schedule better, double serial_ns,
                          double pipelined_ns) {
    const bool pipelined = better == GF_SCHEDULE_PIPELINED;
    char other[24];
    gf_format_ns(pipelined ? serial_ns : pipelined_ns, other, sizeof other);
    gf_text_add(text, "%s%s%s; %s %s", text->used == 0 ? "" : ", ", basis, gf_schedule_name(better),
                gf_schedule_name(pipelined ? GF_SCHEDULE_SERIAL : GF_SCHEDULE_PIPELINED), other);
}

#define NOTE_SIZE 320

/* Also says which schedule the times are of, where both are known. */
static void format_note(const gf_breakeven_cell *cell, char note[NOTE_SIZE]) {
    gf_text text = gf_text_in(note, NOTE_SIZE);
    const gf_prediction *predicted = &cell->prediction;
    if (cell->pipelined_ns > 0)
        add_schedules(&text, "", cell->schedule, cell->serial_ns, cell->pipelined_ns);
    if (is_possible(cell) && predicted->pipelined.value > 0)
        add_schedules(&text, "predicted ", gf_prediction_schedule(predicted),
                      predicted->phases[GF_PHASE_TOTAL].value, predicted->pipelined.value);
    const char *rest = cell_note(cell);
    if (rest != NULL && rest[0] != '\0')
        gf_text_add(&text, "%s%s", text.used == 0 ? "" : ", ", rest);
}

/* The error is the predicted time relative to the measured one, minus 1. */
static void add_times(gf_table *table, const gf_breakeven_cell *cell, const char *note) {
    const gf_statistics *measured = &cell->total;
    const bool ran = measured->count > 0, possible = is_possible(cell);
    const gf_interval predicted = gf_prediction_best(&cell->prediction);
    gf_table_number_if(table, ran, (double)measured->median_ns);
    gf_table_number_if(table, ran, (double)measured->min_ns);
    gf_table_number_if(table, ran, (double)measured->max_ns);
    gf_table_number_if(table, ran, measured->count);
    gf_table_number_if(table, possible, predicted.value);
    gf_table_number_if(table, possible, predicted.low);
    gf_table_number_if(table, possible, predicted.high);
    gf_table_number_if(table, ran && possible, predicted.value / (double)measured->median_ns - 1);
    gf_table_text(table, note);
}

/* ---- CSV --------------------------------------------------------------- */

static const gf_column csv_columns[] = {
    DEVICE_COLUMN,
    {"", "kind", GF_CELL_TEXT, NULL},
    {"", "name", GF_CELL_TEXT, NULL},
    {"", "modelled", GF_CELL_TEXT, NULL},
    {"", "parameter", GF_CELL_TEXT, NULL},
    {"", "value", GF_CELL_TEXT, NULL},
    {"", "number", GF_CELL_REAL, NULL},
    FOOTPRINT_COLUMN,
    {"", "status", GF_CELL_TEXT, NULL},
    TIME_COLUMNS,
    {"", "schedule", GF_CELL_TEXT, NULL},
    {"", "serial_ns", GF_CELL_MS, NULL},
    {"", "pipelined_ns", GF_CELL_MS, NULL},
    {"", "predicted_schedule", GF_CELL_TEXT, NULL},
    {"", "predicted_serial_ns", GF_CELL_MS, NULL},
    {"", "predicted_pipelined_ns", GF_CELL_MS, NULL},
    {"", "build_ns", GF_CELL_MS, NULL},
    {"", "alloc_ns", GF_CELL_MS, NULL},
    {"", "ahead_after_calls", GF_CELL_COUNT, NULL},
    {"", "predicted_ahead_after_calls", GF_CELL_COUNT, NULL},
    {"", "along_parameter", GF_CELL_TEXT, NULL},
    {"", "along_value", GF_CELL_TEXT, NULL},
};

/* Both schedules, and the one that the times before are of. */
static void add_csv_schedules(gf_table *table, const gf_breakeven_cell *cell) {
    const bool ran = cell->total.count > 0, possible = is_possible(cell);
    const gf_prediction *predicted = &cell->prediction;
    gf_table_text(table, ran ? gf_schedule_name(cell->schedule) : NULL);
    gf_table_number_if(table, ran, cell->serial_ns);
    gf_table_number_if(table, ran && cell->pipelined_ns > 0, cell->pipelined_ns);
    gf_table_text(table, possible ? gf_schedule_name(gf_prediction_schedule(predicted)) : NULL);
    gf_table_number_if(table, possible, predicted->phases[GF_PHASE_TOTAL].value);
    gf_table_number_if(table, possible && predicted->pipelined.value > 0,
                       predicted->pipelined.value);
}

static void add_csv_row(gf_table *table, const gf_breakeven *breakeven,
                        const gf_breakeven_series *series, size_t value) {
    const gf_breakeven_cell *cell = &series->cells[value];
    gf_table_text(table, series->label);
    gf_table_text(table, series->kind);
    gf_table_text(table, series->name);
    gf_table_text(table, series->modelled ? "yes" : "no");
    gf_table_text(table, breakeven->sweep.param->name);
    gf_table_text(table, breakeven->sweep.values[value].text);
    gf_table_number(table, breakeven->sweep.values[value].number);
    gf_table_number(table, (double)breakeven->footprints[value]);
    gf_table_text(table, cell->ran ? gf_outcome_name(cell->outcome) : NULL);
    add_times(table, cell, cell_note(cell));
    add_csv_schedules(table, cell);
    gf_table_number_if(table, cell->cost.known, cell->cost.build_ns);
    gf_table_number_if(table, cell->cost.known, cell->cost.alloc_ns);
    for (gf_basis basis = 0; basis < GF_BASES; basis++) {
        const uint64_t calls = gf_breakeven_ahead_after(breakeven, series, value, basis);
        gf_table_number_if(table, calls > 0, (double)calls);
    }
}

/* The last two columns are empty without a second sweep. */
gf_status gf_breakeven_write_csv(const gf_breakeven_lines *lines, const gf_writer *to,
                                 gf_error *error) {
    gf_table table = gf_table_begin(NULL, csv_columns, GF_COUNT_OF(csv_columns));
    for (size_t l = 0; l < lines->count; l++) {
        const gf_breakeven *line = lines->line[l];
        for (size_t s = 0; s < line->series_count; s++) {
            for (size_t i = 0; i < line->sweep.count; i++) {
                add_csv_row(&table, line, line->series[s], i);
                gf_table_text(&table, gf_breakeven_lines_parameter(lines));
                gf_table_text(&table, gf_breakeven_lines_value(lines, l));
            }
        }
    }
    const gf_status status = gf_table_write(&table, to, error);
    return status == GF_OK ? gf_sweep_bounds_write_csv(lines, to, error) : status;
}

/* ---- Markdown: a table for each device --------------------------------- */

static void format_device(const gf_breakeven_series *series, char *text, size_t size) {
    snprintf(text, size, "%s: %s (%s)%s", series->label, series->name, series->kind,
             series->modelled ? "; predicted from a profile of another machine" : "");
}

static gf_status write_series(const gf_breakeven *breakeven, const gf_breakeven_series *series,
                              const gf_writer *to, gf_error *error) {
    const gf_column columns[] = {
        {breakeven->sweep.param->name, "value", GF_CELL_TEXT, VALUE_MEANING},
        FOOTPRINT_COLUMN,
        TIME_COLUMNS,
    };
    char title[480], notes[GF_SWEEP_MAX][NOTE_SIZE];
    format_device(series, title, sizeof title);
    gf_table table = gf_table_begin(title, columns, GF_COUNT_OF(columns));
    for (size_t i = 0; i < breakeven->sweep.count; i++) {
        format_note(&series->cells[i], notes[i]);
        gf_table_text(&table, breakeven->sweep.values[i].text);
        gf_table_number(&table, (double)breakeven->footprints[i]);
        add_times(&table, &series->cells[i], notes[i]);
    }
    return gf_table_write_apart(&table, to, error);
}

/* ---- Text: rows of each value, one for each device ---------------------- */

/* Whether the device wins at the value. */
static bool wins_at(const gf_breakeven *breakeven, size_t s, size_t value) {
    const gf_basis basis = gf_breakeven_answer_basis(breakeven);
    for (size_t i = 0; i < breakeven->threshold_count; i++) {
        const gf_breakeven_threshold *threshold = &breakeven->thresholds[i];
        if (threshold->series == s && threshold->rival == GF_ALL_RIVALS &&
            threshold->basis == basis && threshold->crossover.kind != GF_CROSSOVER_NEVER &&
            threshold->crossover.index <= value)
            return true;
    }
    return false;
}

static gf_tone label_tone(const gf_breakeven *breakeven, size_t s, size_t value) {
    const gf_breakeven_cell *cell = &breakeven->series[s]->cells[value];
    if (cell->ran && cell->outcome != GF_OUTCOME_OK)
        return cell->outcome == GF_OUTCOME_UNSUPPORTED ? GF_TONE_WARN : GF_TONE_BAD;
    if (cell->disturbed)
        return GF_TONE_WARN;
    return wins_at(breakeven, s, value) ? GF_TONE_GOOD : GF_TONE_PLAIN;
}

/* Values that a work which was cut short did not reach have none. */
static bool has_row(const gf_breakeven_cell *cell) {
    return cell->ran || cell->asked || cell->reason[0] != '\0';
}

gf_status gf_breakeven_write_rows(const gf_breakeven *breakeven, const gf_writer *to,
                                  gf_error *error) {
    const gf_column columns[] = {
        {breakeven->sweep.param->name, "", GF_CELL_TEXT, VALUE_MEANING},
        DEVICE_COLUMN,
        FOOTPRINT_COLUMN,
        TIME_COLUMNS,
    };
    const size_t devices = breakeven->series_count, count = devices * breakeven->sweep.count;
    char(*notes)[NOTE_SIZE] = calloc(count + 1, sizeof *notes);
    if (notes == NULL)
        return gf_error_no_memory(error, "notes", (count + 1) * sizeof *notes);
    gf_table table = gf_table_begin(NULL, columns, GF_COUNT_OF(columns));
    table.key_count = 2;
    for (size_t i = 0; i < count; i++) {
        const size_t value = i / devices, s = i % devices;
        const gf_breakeven_cell *cell = &breakeven->series[s]->cells[value];
        if (!has_row(cell))
            continue;
        format_note(cell, notes[i]);
        gf_table_text(&table, breakeven->sweep.values[value].text);
        gf_table_text(&table, breakeven->series[s]->label);
        gf_table_tone(&table, label_tone(breakeven, s, value));
        gf_table_number(&table, (double)breakeven->footprints[value]);
        add_times(&table, cell, notes[i]);
    }
    const gf_status status = gf_table_write_apart(&table, to, error);
    free(notes);
    return status;
}

void gf_breakeven_write_devices(const gf_breakeven *breakeven, const gf_writer *to) {
    char text[480];
    for (size_t s = 0; s < breakeven->series_count; s++) {
        format_device(breakeven->series[s], text, sizeof text);
        fprintf(to->stream, "%s\n", text);
    }
    fputc('\n', to->stream);
}

/* ---- Lines below the tables -------------------------------------------- */

const char *gf_breakeven_mark(const gf_writer *to) {
    return to->format == GF_FORMAT_MARKDOWN ? "- " : "";
}

static void write_thresholds(const gf_breakeven *breakeven, const gf_writer *to) {
    char text[640];
    for (size_t i = 0; i < breakeven->threshold_count; i++) {
        const gf_breakeven_threshold *threshold = &breakeven->thresholds[i];
        /* A pair has two thresholds; the one of the device that never wins adds nothing. */
        if (threshold->rival != GF_ALL_RIVALS && threshold->crossover.kind == GF_CROSSOVER_NEVER)
            continue;
        gf_breakeven_format(breakeven, threshold, text, sizeof text);
        fprintf(to->stream, "%s%s\n", gf_breakeven_mark(to), text);
    }
}

static void write_calls(const gf_breakeven *breakeven, const gf_writer *to) {
    char text[320];
    for (size_t i = 0; i < breakeven->threshold_count; i++) {
        gf_breakeven_format_calls(breakeven, &breakeven->thresholds[i], text, sizeof text);
        if (text[0] != '\0')
            fprintf(to->stream, "%s%s\n", gf_breakeven_mark(to), text);
    }
}

static void write_knees(const gf_breakeven *breakeven, const gf_writer *to) {
    for (size_t i = 0; i < breakeven->knee_count; i++) {
        const gf_knee *knee = &breakeven->knees[i];
        char bytes[24], value[64];
        gf_format_bytes((double)knee->bytes, bytes, sizeof bytes);
        gf_breakeven_format_number(breakeven, knee->value, value, sizeof value);
        fprintf(to->stream, "%sknee: from %s %s on the problem is larger than one %s cache (%s)\n",
                gf_breakeven_mark(to), breakeven->sweep.param->name, value, knee->cache, bytes);
    }
}

/* The meaning of a serial fraction at the edge of its range. */
static const char *edge_of_amdahl(const gf_amdahl *fit) {
    if (fit->high <= 0)
        return "; at 0: the speed-up equals the number of threads";
    return fit->low >= 1 ? "; at 1: more threads only add time" : "";
}

static void write_amdahl(const gf_breakeven *breakeven, const gf_writer *to) {
    for (size_t s = 0; s < breakeven->series_count; s++) {
        const gf_breakeven_series *series = breakeven->series[s];
        const gf_amdahl *fit = &series->amdahl;
        if (!fit->fitted)
            continue;
        char check[80] = "two numbers of threads cannot check the fit";
        if (!isnan(fit->worst_deviation))
            snprintf(check, sizeof check, "no time is more than %.1f %% off the fit",
                     100 * fit->worst_deviation);
        fprintf(
            to->stream,
            "%samdahl: %s: serial fraction %.3f (%.0f %%: %.3f to %.3f), one thread %.3f ms; %s%s\n",
            gf_breakeven_mark(to), series->label, fit->serial, 100 * GF_CONFIDENCE, fit->low,
            fit->high, fit->single_ns * 1e-6, check, edge_of_amdahl(fit));
    }
}

static void write_remarks(const gf_breakeven *breakeven, const gf_writer *to) {
    char text[GF_REMARK_SIZE];
    for (size_t i = 0; gf_breakeven_remark(breakeven, i, text, sizeof text); i++) {
        if (text[0] != '\0')
            fprintf(to->stream, "%snote: %s\n", gf_breakeven_mark(to), text);
    }
    for (size_t i = 0; i < breakeven->not_used.count; i++)
        fprintf(to->stream, "%snot used: %s\n", gf_breakeven_mark(to),
                breakeven->not_used.lines[i]);
}

void gf_breakeven_write_heading(const gf_breakeven *breakeven, const char *along,
                                const gf_writer *to) {
    const char *mark = to->format == GF_FORMAT_MARKDOWN ? "**" : "";
    char arithmetic[64];
    gf_arithmetic_format(breakeven->problem, arithmetic, sizeof arithmetic);
    fprintf(to->stream,
            "%s%s along %s%s%s in %s: totals of a round trip, medians; predictions with %.0f %% "
            "intervals%s\n\n",
            mark, breakeven->problem->workload->name, breakeven->sweep.param->name,
            along == NULL ? "" : " and ", along == NULL ? "" : along, arithmetic,
            100 * GF_CONFIDENCE, mark);
}

static gf_tone answer_tone(const gf_breakeven *breakeven) {
    return gf_breakeven_is_sure(breakeven) ? GF_TONE_GOOD : GF_TONE_WARN;
}

/* The answer, and what it rests on. Half a sweep has none: the rest might change it. */
static void write_answer(const gf_breakeven *breakeven, const gf_writer *to) {
    char answer[GF_ANSWER_SIZE], basis[GF_ANSWER_SIZE];
    if (to->cut_short != NULL) {
        gf_write_cut_short(to);
        if (to->format == GF_FORMAT_TEXT)
            fputc('\n', to->stream);
        return;
    }
    gf_breakeven_answer(breakeven, answer, sizeof answer);
    gf_breakeven_rests_on(breakeven, basis, sizeof basis);
    gf_write_verdict("Answer", answer, answer_tone(breakeven), basis, to);
}

static void write_conclusions(const gf_breakeven *breakeven, const gf_writer *to) {
    write_thresholds(breakeven, to);
    write_calls(breakeven, to);
    write_knees(breakeven, to);
    write_amdahl(breakeven, to);
    write_remarks(breakeven, to);
}

static gf_status write_figure(const gf_breakeven *breakeven, const gf_writer *to, gf_error *error) {
    char title[96];
    snprintf(title, sizeof title, "Times along %s", breakeven->sweep.param->name);
    (void)gf_document_section(to->document, title);
    return gf_breakeven_draw(breakeven, gf_plot_write_markup, gf_document_markup(to->document),
                             error);
}

gf_status gf_breakeven_write_line(const gf_breakeven *breakeven, const gf_writer *to,
                                  gf_error *error) {
    gf_status status = GF_OK;
    write_answer(breakeven, to);
    if (to->document != NULL)
        status = write_figure(breakeven, to, error);
    for (size_t s = 0; status == GF_OK && s < breakeven->series_count; s++) {
        const gf_writer once = gf_writer_explaining_once(to, s == 0);
        status = write_series(breakeven, breakeven->series[s], &once, error);
    }
    if (to->document != NULL)
        (void)gf_document_section(to->document, "From where on which device wins");
    write_conclusions(breakeven, to);
    return status == GF_OK ? gf_sweep_bounds_write(breakeven, to, error) : status;
}

static gf_status write_text(const gf_breakeven *breakeven, const gf_writer *to, gf_error *error) {
    write_answer(breakeven, to);
    gf_breakeven_write_heading(breakeven, NULL, to);
    const gf_status status = gf_breakeven_write_rows(breakeven, to, error);
    if (status != GF_OK)
        return status;
    gf_breakeven_write_devices(breakeven, to);
    write_conclusions(breakeven, to);
    return gf_sweep_bounds_write(breakeven, to, error);
}

static gf_status write_csv(const gf_breakeven *breakeven, const gf_writer *to, gf_error *error) {
    gf_breakeven *only[] = {(gf_breakeven *)breakeven}; /* which stays as it is */
    const gf_breakeven_lines lines = {.line = only, .count = 1};
    return gf_breakeven_write_csv(&lines, to, error);
}

static gf_status write_markdown(const gf_breakeven *breakeven, const gf_writer *to,
                                gf_error *error) {
    gf_breakeven_write_heading(breakeven, NULL, to);
    const gf_status status = gf_breakeven_write_line(breakeven, to, error);
    return status == GF_OK ? gf_write_origin(NULL, true, to, error) : status;
}

gf_status gf_breakeven_report(const gf_breakeven *breakeven, gf_format format,
                              const gf_report_style *style, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    gf_status status = gf_writer_begin(stream, format, style, &to, error);
    if (status != GF_OK)
        return status;
    if (format == GF_FORMAT_JSON)
        status = gf_breakeven_report_json(breakeven, &to, error);
    else if (format == GF_FORMAT_CSV)
        status = write_csv(breakeven, &to, error);
    else
        status = format == GF_FORMAT_TEXT ? write_text(breakeven, &to, error)
                                          : write_markdown(breakeven, &to, error);
    return gf_writer_end(&to, status, error);
}
