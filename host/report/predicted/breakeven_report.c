#include "report/predicted/breakeven_report.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/stream.h"
#include "base/text.h"
#include "breakeven/breakeven.h"
#include "breakeven/breakeven_text.h"
#include "report/bounded/sweep_bounds.h"
#include "report/predicted/breakeven_json.h"
#include "report/report_text.h"
#include "report/table.h"
#include "stats/confidence.h"

/* ---- Cells of a device at a value -------------------------------------- */

/* Columns of the CSV and of both kinds of tables. */
#define TIME_COLUMNS                                                                               \
    {"measured ms", "measured_ns", GF_CELL_MS}, {"min", "measured_min_ns", GF_CELL_MS},            \
        {"max", "measured_max_ns", GF_CELL_MS}, {"samples", "samples", GF_CELL_COUNT},             \
        {"predicted ms", "predicted_ns", GF_CELL_MS}, {"low", "predicted_low_ns", GF_CELL_MS},     \
        {"high", "predicted_high_ns", GF_CELL_MS}, {"error", "error", GF_CELL_SHARE}, {            \
        "note", "note", GF_CELL_TEXT                                                               \
    }

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
    {"device", "device", GF_CELL_TEXT},
    {"kind", "kind", GF_CELL_TEXT},
    {"name", "name", GF_CELL_TEXT},
    {"modelled", "modelled", GF_CELL_TEXT},
    {"parameter", "parameter", GF_CELL_TEXT},
    {"value", "value", GF_CELL_TEXT},
    {"number", "number", GF_CELL_REAL},
    {"footprint", "footprint_bytes", GF_CELL_BYTES},
    {"status", "status", GF_CELL_TEXT},
    TIME_COLUMNS,
    {"", "schedule", GF_CELL_TEXT},
    {"", "serial_ns", GF_CELL_MS},
    {"", "pipelined_ns", GF_CELL_MS},
    {"", "predicted_schedule", GF_CELL_TEXT},
    {"", "predicted_serial_ns", GF_CELL_MS},
    {"", "predicted_pipelined_ns", GF_CELL_MS},
    {"", "build_ns", GF_CELL_MS},
    {"", "alloc_ns", GF_CELL_MS},
    {"", "ahead_after_calls", GF_CELL_COUNT},
    {"", "predicted_ahead_after_calls", GF_CELL_COUNT},
    {"", "along_parameter", GF_CELL_TEXT},
    {"", "along_value", GF_CELL_TEXT},
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
        {breakeven->sweep.param->name, "value", GF_CELL_TEXT},
        {"footprint", "footprint_bytes", GF_CELL_BYTES},
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

/* Room for times up to a quarter of an hour: "900000.000" */
#define TIME_WIDTH 10

static size_t wider(size_t width, const char *text) {
    const size_t needed = gf_text_width(text);
    return needed > width ? needed : width;
}

/* Rows are written before later ones are known, so that their columns have fixed widths. */
static void set_widths(const gf_breakeven *breakeven, size_t *widths, size_t count) {
    bool ran = false, asked = false;
    size_t value = wider(0, breakeven->sweep.param->name), device = wider(0, "device");
    for (size_t i = 0; i < breakeven->sweep.count; i++)
        value = wider(value, breakeven->sweep.values[i].text);
    for (size_t s = 0; s < breakeven->series_count; s++) {
        const gf_breakeven_series *series = breakeven->series[s];
        device = wider(device, series->label);
        for (size_t i = 0; i < breakeven->sweep.count; i++) {
            ran = ran || series->cells[i].ran;
            asked = asked || series->cells[i].asked;
        }
    }
    const size_t measured = ran ? TIME_WIDTH : 0, predicted = asked ? TIME_WIDTH : 0;
    const size_t all[] = {value,
                          device,
                          wider(0, "1023.9 MiB"),
                          measured,
                          measured,
                          measured,
                          ran ? wider(0, "samples") : 0,
                          predicted,
                          predicted,
                          predicted,
                          ran && asked ? wider(0, "-100.0 %") : 0,
                          wider(0, "note")};
    for (size_t i = 0; i < count; i++)
        widths[i] = all[i];
}

static gf_status write_value(const gf_breakeven *breakeven, size_t index, const gf_writer *to,
                             gf_error *error) {
    const gf_column columns[] = {
        {breakeven->sweep.param->name, "", GF_CELL_TEXT},
        {"device", "", GF_CELL_TEXT},
        {"footprint", "", GF_CELL_BYTES},
        TIME_COLUMNS,
    };
    const size_t count = breakeven->series_count;
    size_t widths[GF_COUNT_OF(columns)];
    char(*notes)[NOTE_SIZE] = calloc(count + 1, sizeof *notes);
    if (notes == NULL)
        return gf_error_no_memory(error, "notes", (count + 1) * sizeof *notes);
    set_widths(breakeven, widths, GF_COUNT_OF(widths));
    gf_table table = gf_table_begin(NULL, columns, GF_COUNT_OF(columns));
    table.least_widths = widths;
    table.headless = index > 0;
    for (size_t s = 0; s < count; s++) {
        const gf_breakeven_cell *cell = &breakeven->series[s]->cells[index];
        format_note(cell, notes[s]);
        gf_table_text(&table, breakeven->sweep.values[index].text);
        gf_table_text(&table, breakeven->series[s]->label);
        gf_table_number(&table, (double)breakeven->footprints[index]);
        add_times(&table, cell, notes[s]);
    }
    const gf_status status = gf_table_write(&table, to, error);
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

/* First of the conclusions in text, whose rows are written as they come; first of all in Markdown.
 */
static void write_answer(const gf_breakeven *breakeven, const gf_writer *to) {
    char answer[GF_ANSWER_SIZE];
    gf_write_cut_short(to);
    if (to->cut_short != NULL) /* the rest of the sweep might change it */
        return;
    gf_breakeven_answer(breakeven, answer, sizeof answer);
    gf_write_conclusion("Answer", answer, to);
}

static void write_conclusions(const gf_breakeven *breakeven, const gf_writer *to) {
    write_thresholds(breakeven, to);
    write_calls(breakeven, to);
    write_knees(breakeven, to);
    write_amdahl(breakeven, to);
    write_remarks(breakeven, to);
}

gf_status gf_breakeven_write_line(const gf_breakeven *breakeven, const gf_writer *to,
                                  gf_error *error) {
    gf_status status = GF_OK;
    write_answer(breakeven, to);
    fputc('\n', to->stream);
    for (size_t s = 0; status == GF_OK && s < breakeven->series_count; s++)
        status = write_series(breakeven, breakeven->series[s], to, error);
    write_conclusions(breakeven, to);
    return status == GF_OK ? gf_sweep_bounds_write(breakeven, to, error) : status;
}

gf_status gf_breakeven_report_heading(const gf_breakeven *breakeven, const gf_report_style *style,
                                      FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    const gf_status status = gf_writer_begin(stream, GF_FORMAT_TEXT, style, &to, error);
    if (status != GF_OK)
        return status;
    gf_breakeven_write_heading(breakeven, NULL, &to);
    return gf_check_stream(stream, error);
}

gf_status gf_breakeven_report_value(const gf_breakeven *breakeven, size_t index,
                                    const gf_report_style *style, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    if (index >= breakeven->sweep.count)
        return gf_error_set_parameter(error, GF_USAGE, "sweep", " %s: has no value %zu; it has %zu",
                                      breakeven->sweep.param->name, index, breakeven->sweep.count);
    gf_status status = gf_writer_begin(stream, GF_FORMAT_TEXT, style, &to, error);
    if (status == GF_OK)
        status = write_value(breakeven, index, &to, error);
    return status == GF_OK ? gf_check_stream(stream, error) : status;
}

gf_status gf_breakeven_report_conclusions(const gf_breakeven *breakeven,
                                          const gf_report_style *style, FILE *stream,
                                          gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    gf_status status = gf_writer_begin(stream, GF_FORMAT_TEXT, style, &to, error);
    if (status != GF_OK)
        return status;
    fputc('\n', stream);
    write_answer(breakeven, &to);
    fputc('\n', stream);
    gf_breakeven_write_devices(breakeven, &to);
    write_conclusions(breakeven, &to);
    status = gf_sweep_bounds_write(breakeven, &to, error);
    return status == GF_OK ? gf_check_stream(stream, error) : status;
}

static gf_status write_text(const gf_breakeven *breakeven, const gf_report_style *style,
                            FILE *stream, gf_error *error) {
    gf_status status = gf_breakeven_report_heading(breakeven, style, stream, error);
    for (size_t i = 0; status == GF_OK && i < breakeven->sweep.count; i++)
        status = gf_breakeven_report_value(breakeven, i, style, stream, error);
    return status == GF_OK ? gf_breakeven_report_conclusions(breakeven, style, stream, error)
                           : status;
}

gf_status gf_breakeven_report(const gf_breakeven *breakeven, gf_format format,
                              const gf_report_style *style, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    gf_status status = gf_writer_begin(stream, format, style, &to, error);
    if (status != GF_OK)
        return status;
    if (format == GF_FORMAT_JSON)
        return gf_breakeven_report_json(breakeven, &to, error);
    if (format == GF_FORMAT_TEXT)
        return write_text(breakeven, style, stream, error);
    if (format == GF_FORMAT_CSV) {
        gf_breakeven *only[] = {(gf_breakeven *)breakeven}; /* which stays as it is */
        const gf_breakeven_lines lines = {.line = only, .count = 1};
        status = gf_breakeven_write_csv(&lines, &to, error);
    } else {
        gf_breakeven_write_heading(breakeven, NULL, &to);
        status = gf_breakeven_write_line(breakeven, &to, error);
    }
    return status == GF_OK ? gf_check_stream(stream, error) : status;
}
