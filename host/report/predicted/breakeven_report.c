#include <math.h>
#include <string.h>

#include "base/entry.h"
#include "base/stream.h"
#include "base/text.h"
#include "breakeven/breakeven.h"
#include "breakeven/breakeven_remarks.h"
#include "breakeven/breakeven_thresholds.h"
#include "problem/problem.h"
#include "report/predicted/breakeven_json.h"
#include "report/table.h"
#include "stats/confidence.h"

/* A row: one device at one value. */
typedef struct row_place {
    const gf_breakeven *breakeven;
    size_t
        series; /* of all rows; GF_ALL_RIVALS: rows run through the devices, one after the other */
} row_place;

static const gf_breakeven_series *series_at(const row_place *place, size_t row) {
    const gf_breakeven *breakeven = place->breakeven;
    return breakeven
        ->series[place->series == GF_ALL_RIVALS ? row / breakeven->sweep.count : place->series];
}

static size_t value_at(const row_place *place, size_t row) {
    return row % place->breakeven->sweep.count;
}

static const gf_breakeven_cell *cell_at(const row_place *place, size_t row) {
    return &series_at(place, row)->cells[value_at(place, row)];
}

/* ---- Getters ----------------------------------------------------------- */

enum device_field { DEVICE_LABEL, DEVICE_KIND, DEVICE_NAME, DEVICE_MODELLED };

static gf_cell get_device(const void *context, size_t row, int field) {
    const gf_breakeven_series *series = series_at(context, row);
    switch ((enum device_field)field) {
    case DEVICE_LABEL:
        return gf_cell_text(series->label);
    case DEVICE_KIND:
        return gf_cell_text(series->kind);
    case DEVICE_NAME:
        return gf_cell_text(series->name);
    case DEVICE_MODELLED:
        break;
    }
    return gf_cell_text(series->modelled ? "yes" : "no");
}

enum value_field { VALUE_NAME, VALUE_TEXT, VALUE_NUMBER, VALUE_FOOTPRINT };

static gf_cell get_value(const void *context, size_t row, int field) {
    const row_place *place = context;
    const gf_sweep *sweep = &place->breakeven->sweep;
    switch ((enum value_field)field) {
    case VALUE_NAME:
        return gf_cell_text(sweep->param->name);
    case VALUE_TEXT:
        return gf_cell_text(sweep->values[value_at(place, row)].text);
    case VALUE_NUMBER:
        return gf_cell_number(sweep->values[value_at(place, row)].number);
    case VALUE_FOOTPRINT:
        break;
    }
    return gf_cell_number((double)place->breakeven->footprints[value_at(place, row)]);
}

enum time_field { TIME_MEDIAN, TIME_MIN, TIME_MAX, TIME_SAMPLES };

static gf_cell get_measured(const void *context, size_t row, int field) {
    const gf_statistics *total = &cell_at(context, row)->total;
    if (total->count == 0)
        return GF_NO_CELL;
    switch ((enum time_field)field) {
    case TIME_MEDIAN:
        return gf_cell_number((double)total->median_ns);
    case TIME_MIN:
        return gf_cell_number((double)total->min_ns);
    case TIME_MAX:
        return gf_cell_number((double)total->max_ns);
    case TIME_SAMPLES:
        break;
    }
    return gf_cell_number(total->count);
}

enum predicted_field { PREDICTED_NS, PREDICTED_LOW, PREDICTED_HIGH, PREDICTED_ERROR };

/* The error: by what share of the measured time the predicted one is above it. */
static gf_cell get_predicted(const void *context, size_t row, int field) {
    const gf_breakeven_cell *cell = cell_at(context, row);
    const gf_interval *total = &cell->prediction.phases[GF_PHASE_TOTAL];
    if (!cell->asked || !cell->prediction.possible)
        return GF_NO_CELL;
    switch ((enum predicted_field)field) {
    case PREDICTED_NS:
        return gf_cell_number(total->value);
    case PREDICTED_LOW:
        return gf_cell_number(total->low);
    case PREDICTED_HIGH:
        return gf_cell_number(total->high);
    case PREDICTED_ERROR:
        break;
    }
    if (cell->total.count == 0)
        return GF_NO_CELL;
    return gf_cell_number(total->value / (double)cell->total.median_ns - 1);
}

/* What stands in the way of a time. */
static gf_cell get_status(const void *context, size_t row, int tag) {
    const gf_breakeven_cell *cell = cell_at(context, row);
    (void)tag;
    return cell->ran ? gf_cell_text(gf_outcome_name(cell->outcome)) : GF_NO_CELL;
}

static gf_cell get_reason(const void *context, size_t row, int tag) {
    const gf_breakeven_cell *cell = cell_at(context, row);
    (void)tag;
    if (cell->reason[0] != '\0')
        return gf_cell_text(cell->reason);
    if (cell->asked && !cell->prediction.possible)
        return gf_cell_text(cell->prediction.why_not);
    return cell->asked && cell->prediction.beyond ? gf_cell_text("beyond the measured cases")
                                                  : GF_NO_CELL;
}

/* ---- Tables ------------------------------------------------------------ */

static const gf_column csv_columns[] = {
    {"device", "device", GF_CELL_TEXT, get_device, DEVICE_LABEL},
    {"kind", "kind", GF_CELL_TEXT, get_device, DEVICE_KIND},
    {"name", "name", GF_CELL_TEXT, get_device, DEVICE_NAME},
    {"modelled", "modelled", GF_CELL_TEXT, get_device, DEVICE_MODELLED},
    {"parameter", "parameter", GF_CELL_TEXT, get_value, VALUE_NAME},
    {"value", "value", GF_CELL_TEXT, get_value, VALUE_TEXT},
    {"number", "number", GF_CELL_REAL, get_value, VALUE_NUMBER},
    {"footprint", "footprint_bytes", GF_CELL_BYTES, get_value, VALUE_FOOTPRINT},
    {"status", "status", GF_CELL_TEXT, get_status, 0},
    {"measured ms", "measured_ns", GF_CELL_MS, get_measured, TIME_MEDIAN},
    {"min", "measured_min_ns", GF_CELL_MS, get_measured, TIME_MIN},
    {"max", "measured_max_ns", GF_CELL_MS, get_measured, TIME_MAX},
    {"samples", "samples", GF_CELL_COUNT, get_measured, TIME_SAMPLES},
    {"predicted ms", "predicted_ns", GF_CELL_MS, get_predicted, PREDICTED_NS},
    {"low", "predicted_low_ns", GF_CELL_MS, get_predicted, PREDICTED_LOW},
    {"high", "predicted_high_ns", GF_CELL_MS, get_predicted, PREDICTED_HIGH},
    {"error", "error", GF_CELL_SHARE, get_predicted, PREDICTED_ERROR},
    {"note", "note", GF_CELL_TEXT, get_reason, 0},
};

#define ROWS(table) table, sizeof(table) / sizeof(table)[0]

static void write_csv(const gf_breakeven *breakeven, FILE *stream) {
    const row_place place = {breakeven, GF_ALL_RIVALS};
    const gf_table table = {.columns = csv_columns,
                            .column_count = sizeof csv_columns / sizeof csv_columns[0],
                            .context = &place,
                            .row_count = breakeven->series_count * breakeven->sweep.count};
    gf_table_write(&table, GF_FORMAT_CSV, false, stream);
}

/* One device: the columns from the value on, and those of what it was. */
static void write_series(const gf_breakeven *breakeven, size_t s, gf_format format, bool colour,
                         FILE *stream) {
    const gf_breakeven_series *series = breakeven->series[s];
    const gf_column columns[] = {
        {breakeven->sweep.param->name, "value", GF_CELL_TEXT, get_value, VALUE_TEXT},
        {"footprint", "footprint_bytes", GF_CELL_BYTES, get_value, VALUE_FOOTPRINT},
        {"measured ms", "measured_ns", GF_CELL_MS, get_measured, TIME_MEDIAN},
        {"min", "measured_min_ns", GF_CELL_MS, get_measured, TIME_MIN},
        {"max", "measured_max_ns", GF_CELL_MS, get_measured, TIME_MAX},
        {"samples", "samples", GF_CELL_COUNT, get_measured, TIME_SAMPLES},
        {"predicted ms", "predicted_ns", GF_CELL_MS, get_predicted, PREDICTED_NS},
        {"low", "predicted_low_ns", GF_CELL_MS, get_predicted, PREDICTED_LOW},
        {"high", "predicted_high_ns", GF_CELL_MS, get_predicted, PREDICTED_HIGH},
        {"error", "error", GF_CELL_SHARE, get_predicted, PREDICTED_ERROR},
        {"note", "note", GF_CELL_TEXT, get_reason, 0},
    };
    char title[320];
    snprintf(title, sizeof title, "%s: %s (%s)%s", series->label, series->name, series->kind,
             series->modelled ? "; predicted from a profile of another machine" : "");
    const row_place place = {breakeven, s};
    const gf_table table = {title, ROWS(columns), &place, breakeven->sweep.count};
    gf_table_write(&table, format, colour, stream);
    fputc('\n', stream);
}

/* ---- Lines ------------------------------------------------------------- */

static void write_thresholds(const gf_breakeven *breakeven, bool markdown, FILE *stream) {
    char text[640];
    for (size_t i = 0; i < breakeven->threshold_count; i++) {
        const gf_breakeven_threshold *threshold = &breakeven->thresholds[i];
        /* Of a pair, the one that wins in the end says all. */
        if (threshold->rival != GF_ALL_RIVALS && threshold->crossover.kind == GF_CROSSOVER_NEVER)
            continue;
        gf_breakeven_format(breakeven, threshold, text, sizeof text);
        fprintf(stream, "%s%s\n", markdown ? "- " : "", text);
    }
}

static void write_knees(const gf_breakeven *breakeven, bool markdown, FILE *stream) {
    for (size_t i = 0; i < breakeven->knee_count; i++) {
        const gf_knee *knee = &breakeven->knees[i];
        char bytes[24], value[64];
        gf_format_bytes((double)knee->bytes, bytes, sizeof bytes);
        gf_breakeven_format_number(breakeven, knee->value, value, sizeof value);
        fprintf(stream, "%sknee: from %s %s on the problem is larger than one %s cache (%s)\n",
                markdown ? "- " : "", breakeven->sweep.param->name, value, knee->cache, bytes);
    }
}

/* At the edges of what Amdahl's law can say. */
static const char *beyond_amdahl(const gf_amdahl *fit) {
    if (fit->high <= 0)
        return "; at 0: more threads brought their full number";
    return fit->low >= 1 ? "; at 1: more threads only cost" : "";
}

static void write_amdahl(const gf_breakeven *breakeven, bool markdown, FILE *stream) {
    for (size_t s = 0; s < breakeven->series_count; s++) {
        const gf_breakeven_series *series = breakeven->series[s];
        const gf_amdahl *fit = &series->amdahl;
        if (!fit->fitted)
            continue;
        char check[80] = "two numbers of threads leave nothing to check the fit";
        if (!isnan(fit->worst_deviation))
            snprintf(check, sizeof check, "the fit is off by %.1f %% at most",
                     100 * fit->worst_deviation);
        fprintf(
            stream,
            "%samdahl: %s: serial fraction %.3f (%.0f %%: %.3f to %.3f), one thread %.3f ms; %s%s\n",
            markdown ? "- " : "", series->label, fit->serial, 100 * GF_CONFIDENCE, fit->low,
            fit->high, fit->single_ns * 1e-6, check, beyond_amdahl(fit));
    }
}

static void write_remarks(const gf_breakeven *breakeven, bool markdown, FILE *stream) {
    char text[GF_REMARK_SIZE];
    for (size_t i = 0; gf_breakeven_remark(breakeven, i, text, sizeof text); i++) {
        if (text[0] != '\0')
            fprintf(stream, "%snote: %s\n", markdown ? "- " : "", text);
    }
}

gf_status gf_breakeven_report(const gf_breakeven *breakeven, gf_format format,
                              const gf_report_style *style, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    if (format == GF_FORMAT_JSON)
        return gf_breakeven_report_json(breakeven, stream, error);
    const bool markdown = format == GF_FORMAT_MARKDOWN;
    if (format == GF_FORMAT_CSV) {
        write_csv(breakeven, stream);
        return gf_check_stream(stream, error);
    }
    const gf_problem *problem = breakeven->problem;
    fprintf(stream,
            "%s%s along %s in %s, %s math: totals of a round trip, medians; predictions with "
            "%.0f %% intervals%s\n\n",
            markdown ? "**" : "", problem->workload->name, breakeven->sweep.param->name,
            gf_precision_name(problem->precision), gf_math_choices[problem->math],
            100 * GF_CONFIDENCE, markdown ? "**" : "");
    for (size_t s = 0; s < breakeven->series_count; s++)
        write_series(breakeven, s, format, style->colour, stream);
    write_thresholds(breakeven, markdown, stream);
    write_knees(breakeven, markdown, stream);
    write_amdahl(breakeven, markdown, stream);
    write_remarks(breakeven, markdown, stream);
    return gf_check_stream(stream, error);
}
