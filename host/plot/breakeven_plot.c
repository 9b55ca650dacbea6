/* A sweep as a plot: a curve for each device and basis (measured, predicted), thresholds, knees. */
#include "plot/breakeven_plot.h"

#include <math.h>
#include <stdlib.h>

#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "breakeven/breakeven_text.h"
#include "problem/problem.h"

#define MAX_NOTES 4

typedef struct series_room {
    double ns[GF_BASES][GF_SWEEP_MAX], low[GF_SWEEP_MAX], high[GF_SWEEP_MAX];
} series_room;

/* The storage that the plot's pointers point to. */
typedef struct plot_room {
    double values[GF_SWEEP_MAX];
    const char *ticks[GF_SWEEP_MAX];
    char tick_texts[GF_SWEEP_MAX][48];
    series_room *series;
    gf_plot_device *devices;
    gf_plot_curve *curves;
    gf_plot_mark *marks;
    char (*mark_texts)[320];
    gf_plot_knee knees[GF_MAX_KNEES];
    char knee_texts[GF_MAX_KNEES][48];
    char title[160], x_label[96];
    const char *notes[MAX_NOTES + 1];
} plot_room;

static void room_clear(plot_room *room) {
    free(room->series);
    free(room->devices);
    free(room->curves);
    free(room->marks);
    free(room->mark_texts);
}

static gf_status room_prepare(const gf_breakeven *breakeven, plot_room *room, gf_error *error) {
    const size_t series = breakeven->series_count + 1, marks = breakeven->threshold_count + 1;
    room->series = calloc(series, sizeof *room->series);
    room->devices = calloc(series, sizeof *room->devices);
    room->curves = calloc(GF_BASES * series, sizeof *room->curves);
    room->marks = calloc(marks, sizeof *room->marks);
    room->mark_texts = calloc(marks, sizeof *room->mark_texts);
    if (room->series == NULL || room->devices == NULL || room->curves == NULL ||
        room->marks == NULL || room->mark_texts == NULL)
        return gf_error_no_memory(error, "a plot", series * sizeof *room->series);
    return GF_OK;
}

static void fill_values(const gf_breakeven *breakeven, plot_room *room) {
    const gf_sweep *sweep = &breakeven->sweep;
    const bool whole = sweep->param->type != GF_PARAM_REAL;
    for (size_t i = 0; i < sweep->count; i++) {
        room->values[i] = sweep->values[i].number;
        snprintf(room->tick_texts[i], sizeof room->tick_texts[i], whole ? "%.0f" : "%.6g",
                 sweep->values[i].number);
        room->ticks[i] = room->tick_texts[i];
    }
}

static void fill_series(const gf_breakeven *breakeven, size_t s, plot_room *room) {
    const gf_breakeven_series *series = breakeven->series[s];
    series_room *made = &room->series[s];
    for (size_t i = 0; i < breakeven->sweep.count; i++) {
        const gf_breakeven_cell *cell = &series->cells[i];
        const gf_interval predicted = gf_prediction_best(&cell->prediction);
        const bool measured = gf_breakeven_has(series, i, GF_MEASURED);
        const bool possible = gf_breakeven_has(series, i, GF_PREDICTED);
        made->ns[GF_MEASURED][i] = measured ? (double)cell->total.median_ns : NAN;
        made->ns[GF_PREDICTED][i] = possible ? predicted.value : NAN;
        made->low[i] = possible ? fmax(predicted.low, 1) : NAN;
        made->high[i] = possible ? predicted.high : NAN;
    }
    room->devices[s] = (gf_plot_device){series->label, series->name};
}

static void add_curves(const gf_breakeven *breakeven, size_t s, plot_room *room, gf_plot *plot) {
    const gf_breakeven_series *series = breakeven->series[s];
    for (gf_basis basis = 0; basis < GF_BASES; basis++) {
        const bool predicted = basis == GF_PREDICTED;
        if (!gf_breakeven_has_any(breakeven, series, basis))
            continue;
        room->curves[plot->curve_count++] =
            (gf_plot_curve){.device = s,
                            .dashed = predicted,
                            .ns = room->series[s].ns[basis],
                            .low = predicted ? room->series[s].low : NULL,
                            .high = predicted ? room->series[s].high : NULL};
    }
}

static void add_mark(const gf_breakeven *breakeven, const gf_breakeven_threshold *from,
                     plot_room *room, gf_plot *plot) {
    const size_t m = plot->mark_count++;
    gf_breakeven_format_short(breakeven, from, room->mark_texts[m], sizeof room->mark_texts[m]);
    room->marks[m] = (gf_plot_mark){.device = from->series,
                                    .dashed = from->basis == GF_PREDICTED,
                                    .value = from->crossover.crossing,
                                    .low = from->crossover.low,
                                    .high = from->crossover.high,
                                    .text = room->mark_texts[m]};
}

static int compare_marks(const void *a, const void *b) {
    const double left = ((const gf_plot_mark *)a)->value, right = ((const gf_plot_mark *)b)->value;
    return (left > right) - (left < right);
}

/* The values from which a device wins against all others; if there are none, those of pairs. */
static void add_marks(const gf_breakeven *breakeven, plot_room *room, gf_plot *plot) {
    for (int pairs = 0; pairs < 2 && plot->mark_count == 0; pairs++) {
        for (size_t i = 0; i < breakeven->threshold_count; i++) {
            const gf_breakeven_threshold *from = &breakeven->thresholds[i];
            if ((from->rival != GF_ALL_RIVALS) == (pairs == 1) &&
                from->crossover.kind == GF_CROSSOVER_AT)
                add_mark(breakeven, from, room, plot);
        }
    }
    qsort(room->marks, plot->mark_count, sizeof *room->marks, compare_marks);
}

static void add_knees(const gf_breakeven *breakeven, plot_room *room, gf_plot *plot) {
    for (size_t i = 0; i < breakeven->knee_count; i++) {
        const gf_knee *knee = &breakeven->knees[i];
        char bytes[24];
        gf_format_bytes((double)knee->bytes, bytes, sizeof bytes);
        snprintf(room->knee_texts[i], sizeof room->knee_texts[i], "%s, %s", knee->cache, bytes);
        room->knees[i] = (gf_plot_knee){knee->value, room->knee_texts[i]};
    }
    plot->knee_count = breakeven->knee_count;
}

static void add_notes(const gf_breakeven *breakeven, plot_room *room) {
    size_t count = 0;
    if (gf_breakeven_has_model(breakeven)) {
        room->notes[count++] = "model: predicted from a profile of";
        room->notes[count++] = "another machine, not measured here";
    }
    if (!gf_breakeven_gpu_evidence(breakeven))
        room->notes[count++] = "No GPU was measured.";
}

gf_status gf_breakeven_draw(const gf_breakeven *breakeven, gf_plot_drawer drawer, void *context,
                            gf_error *error) {
    plot_room room = {0};
    gf_plot plot = {.title = room.title,
                    .x_label = room.x_label,
                    .y_label = "time of a round trip",
                    .notes = room.notes,
                    .values = room.values,
                    .ticks = room.ticks,
                    .value_count = breakeven->sweep.count,
                    .device_count = breakeven->series_count,
                    .knees = room.knees};
    gf_status status = room_prepare(breakeven, &room, error);
    if (status != GF_OK) {
        room_clear(&room);
        return status;
    }
    char arithmetic[64];
    gf_arithmetic_format(breakeven->problem, arithmetic, sizeof arithmetic);
    snprintf(room.title, sizeof room.title, "%s, %s: time along %s",
             breakeven->problem->workload->name, arithmetic, breakeven->sweep.param->name);
    gf_breakeven_format_axis(breakeven, room.x_label, sizeof room.x_label);
    fill_values(breakeven, &room);
    for (size_t s = 0; s < breakeven->series_count; s++) {
        fill_series(breakeven, s, &room);
        add_curves(breakeven, s, &room, &plot);
    }
    add_marks(breakeven, &room, &plot);
    add_knees(breakeven, &room, &plot);
    add_notes(breakeven, &room);
    plot.devices = room.devices;
    plot.curves = room.curves;
    plot.marks = room.marks;
    status = drawer(&plot, context, error);
    room_clear(&room);
    return status;
}

gf_status gf_breakeven_plot(const gf_breakeven *breakeven, gf_plot_format format, FILE *stream,
                            gf_error *error) {
    GF_ENTER(error);
    gf_plot_file file = {format, stream};
    const gf_status status = gf_plot_check_format(format, error);
    return status == GF_OK ? gf_breakeven_draw(breakeven, gf_plot_draw_file, &file, error) : status;
}
