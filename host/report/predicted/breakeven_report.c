#include <math.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/stream.h"
#include "base/text.h"
#include "breakeven/breakeven.h"
#include "breakeven/breakeven_text.h"
#include "report/predicted/breakeven_json.h"
#include "report/report_text.h"
#include "report/table.h"
#include "stats/confidence.h"

/* ---- Tables: a row for each value -------------------------------------- */

/* The last columns of the CSV and of the table of one device. */
#define TIME_COLUMNS                                                                               \
    {"measured ms", "measured_ns", GF_CELL_MS}, {"min", "measured_min_ns", GF_CELL_MS},            \
        {"max", "measured_max_ns", GF_CELL_MS}, {"samples", "samples", GF_CELL_COUNT},             \
        {"predicted ms", "predicted_ns", GF_CELL_MS}, {"low", "predicted_low_ns", GF_CELL_MS},     \
        {"high", "predicted_high_ns", GF_CELL_MS}, {"error", "error", GF_CELL_SHARE}, {            \
        "note", "note", GF_CELL_TEXT                                                               \
    }

static const gf_column csv_columns[] = {
    {"device", "device", GF_CELL_TEXT},       {"kind", "kind", GF_CELL_TEXT},
    {"name", "name", GF_CELL_TEXT},           {"modelled", "modelled", GF_CELL_TEXT},
    {"parameter", "parameter", GF_CELL_TEXT}, {"value", "value", GF_CELL_TEXT},
    {"number", "number", GF_CELL_REAL},       {"footprint", "footprint_bytes", GF_CELL_BYTES},
    {"status", "status", GF_CELL_TEXT},       TIME_COLUMNS,
};

static const char *cell_note(const gf_breakeven_cell *cell) {
    if (cell->reason[0] != '\0' || !cell->asked)
        return cell->reason;
    if (!cell->prediction.possible)
        return cell->prediction.why_not;
    return cell->prediction.beyond ? "beyond the measured cases" : NULL;
}

/* The error is the predicted time relative to the measured one, minus 1. */
static void add_times(gf_table *table, const gf_breakeven_cell *cell) {
    const gf_statistics *measured = &cell->total;
    const gf_interval *predicted = &cell->prediction.phases[GF_PHASE_TOTAL];
    const bool ran = measured->count > 0, possible = cell->asked && cell->prediction.possible;
    gf_table_number_if(table, ran, (double)measured->median_ns);
    gf_table_number_if(table, ran, (double)measured->min_ns);
    gf_table_number_if(table, ran, (double)measured->max_ns);
    gf_table_number_if(table, ran, measured->count);
    gf_table_number_if(table, possible, predicted->value);
    gf_table_number_if(table, possible, predicted->low);
    gf_table_number_if(table, possible, predicted->high);
    gf_table_number_if(table, ran && possible, predicted->value / (double)measured->median_ns - 1);
    gf_table_text(table, cell_note(cell));
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
    add_times(table, cell);
}

static gf_status write_csv(const gf_breakeven *breakeven, const gf_writer *to, gf_error *error) {
    gf_table table = gf_table_begin(NULL, csv_columns, GF_COUNT_OF(csv_columns));
    for (size_t s = 0; s < breakeven->series_count; s++) {
        for (size_t i = 0; i < breakeven->sweep.count; i++)
            add_csv_row(&table, breakeven, breakeven->series[s], i);
    }
    return gf_table_write(&table, to, error);
}

static gf_status write_series(const gf_breakeven *breakeven, const gf_breakeven_series *series,
                              const gf_writer *to, gf_error *error) {
    const gf_column columns[] = {
        {breakeven->sweep.param->name, "value", GF_CELL_TEXT},
        {"footprint", "footprint_bytes", GF_CELL_BYTES},
        TIME_COLUMNS,
    };
    char title[320];
    snprintf(title, sizeof title, "%s: %s (%s)%s", series->label, series->name, series->kind,
             series->modelled ? "; predicted from a profile of another machine" : "");
    gf_table table = gf_table_begin(title, columns, GF_COUNT_OF(columns));
    for (size_t i = 0; i < breakeven->sweep.count; i++) {
        gf_table_text(&table, breakeven->sweep.values[i].text);
        gf_table_number(&table, (double)breakeven->footprints[i]);
        add_times(&table, &series->cells[i]);
    }
    return gf_table_write_apart(&table, to, error);
}

/* ---- Lines below the tables -------------------------------------------- */

static const char *mark_of(const gf_writer *to) {
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
        fprintf(to->stream, "%s%s\n", mark_of(to), text);
    }
}

static void write_knees(const gf_breakeven *breakeven, const gf_writer *to) {
    for (size_t i = 0; i < breakeven->knee_count; i++) {
        const gf_knee *knee = &breakeven->knees[i];
        char bytes[24], value[64];
        gf_format_bytes((double)knee->bytes, bytes, sizeof bytes);
        gf_breakeven_format_number(breakeven, knee->value, value, sizeof value);
        fprintf(to->stream, "%sknee: from %s %s on the problem is larger than one %s cache (%s)\n",
                mark_of(to), breakeven->sweep.param->name, value, knee->cache, bytes);
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
            mark_of(to), series->label, fit->serial, 100 * GF_CONFIDENCE, fit->low, fit->high,
            fit->single_ns * 1e-6, check, edge_of_amdahl(fit));
    }
}

static void write_remarks(const gf_breakeven *breakeven, const gf_writer *to) {
    char text[GF_REMARK_SIZE];
    for (size_t i = 0; gf_breakeven_remark(breakeven, i, text, sizeof text); i++) {
        if (text[0] != '\0')
            fprintf(to->stream, "%snote: %s\n", mark_of(to), text);
    }
}

static gf_status write_for_people(const gf_breakeven *breakeven, const gf_writer *to,
                                  gf_error *error) {
    const bool markdown = to->format == GF_FORMAT_MARKDOWN;
    gf_status status = GF_OK;
    char arithmetic[64];
    gf_arithmetic_format(breakeven->problem, arithmetic, sizeof arithmetic);
    fprintf(to->stream,
            "%s%s along %s in %s: totals of a round trip, medians; predictions with %.0f %% "
            "intervals%s\n\n",
            markdown ? "**" : "", breakeven->problem->workload->name, breakeven->sweep.param->name,
            arithmetic, 100 * GF_CONFIDENCE, markdown ? "**" : "");
    for (size_t s = 0; status == GF_OK && s < breakeven->series_count; s++)
        status = write_series(breakeven, breakeven->series[s], to, error);
    write_thresholds(breakeven, to);
    write_knees(breakeven, to);
    write_amdahl(breakeven, to);
    write_remarks(breakeven, to);
    return status;
}

gf_status gf_breakeven_report(const gf_breakeven *breakeven, gf_format format,
                              const gf_report_style *style, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    gf_status status = gf_writer_begin(stream, format, style, &to, error);
    if (status != GF_OK)
        return status;
    if (format == GF_FORMAT_JSON)
        return gf_breakeven_report_json(breakeven, stream, error);
    status = format == GF_FORMAT_CSV ? write_csv(breakeven, &to, error)
                                     : write_for_people(breakeven, &to, error);
    return status == GF_OK ? gf_check_stream(stream, error) : status;
}
