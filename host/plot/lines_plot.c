/* A sweep along a second one as a plot: the crossing of each device that wins somewhere, over the
 * second parameter. */
#include "plot/lines_plot.h"

#include <math.h>
#include <stdlib.h>

#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "breakeven/breakeven_text.h"
#include "plot/breakeven_plot.h"
#include "problem/problem.h"
#include "stats/confidence.h"

#define MOST_NOTES 12

/* The crossings of one device on one basis, and their intervals. */
typedef struct crossing_curve {
    double at[GF_SWEEP_MAX], low[GF_SWEEP_MAX], high[GF_SWEEP_MAX];
} crossing_curve;

/* The storage that the plot's pointers point to. */
typedef struct plot_room {
    double values[GF_SWEEP_MAX];
    const char *ticks[GF_SWEEP_MAX];
    char tick_texts[GF_SWEEP_MAX][48];
    crossing_curve *crossings; /* [series * GF_BASES + basis] */
    gf_plot_device *devices;
    gf_plot_curve *curves;
    char title[160], x_label[96], y_label[96], key[48];
    char note_texts[MOST_NOTES][96];
    const char *notes[MOST_NOTES + 1];
    size_t note_count;
} plot_room;

static void room_clear(plot_room *room) {
    free(room->crossings);
    free(room->devices);
    free(room->curves);
}

static gf_status room_prepare(const gf_breakeven *first, plot_room *room, gf_error *error) {
    const size_t count = first->series_count + 1;
    room->crossings = calloc(count * GF_BASES, sizeof *room->crossings);
    room->devices = calloc(count, sizeof *room->devices);
    room->curves = calloc(count * GF_BASES, sizeof *room->curves);
    if (room->crossings == NULL || room->devices == NULL || room->curves == NULL)
        return gf_error_no_memory(error, "a plot", count * GF_BASES * sizeof *room->crossings);
    return GF_OK;
}

static void fill_values(const gf_sweep *along, plot_room *room) {
    for (size_t i = 0; i < along->count; i++) {
        room->values[i] = along->values[i].number;
        snprintf(room->tick_texts[i], sizeof room->tick_texts[i],
                 along->param->type == GF_PARAM_REAL ? "%.6g" : "%.0f", along->values[i].number);
        room->ticks[i] = room->tick_texts[i];
    }
}

static void add_note(plot_room *room, const char *text) {
    if (room->note_count == MOST_NOTES)
        return;
    snprintf(room->note_texts[room->note_count], sizeof room->note_texts[0], "%s", text);
    room->notes[room->note_count] = room->note_texts[room->note_count];
    room->note_count++;
}

/* Gaps of the curves: values at which the device always wins, or never. */
static void note_gaps(const gf_breakeven_lines *lines, const char *label, gf_basis basis,
                      gf_crossover_kind kind, plot_room *room) {
    char buffer[96];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    for (size_t i = 0; i < lines->count; i++) {
        const gf_breakeven_threshold *found = gf_line_threshold(lines->line[i], label, basis);
        if (found == NULL || found->crossover.kind != kind)
            continue;
        if (text.used == 0)
            gf_text_add(&text, "%s %s wins at", label,
                        kind == GF_CROSSOVER_NEVER ? "never" : "always");
        gf_text_add(&text, " %s", lines->along.values[i].text);
    }
    if (text.used > 0)
        add_note(room, buffer);
}

/* Ends outside of the sweep are drawn at its edge. */
static bool fill_crossings(const gf_breakeven_lines *lines, const char *label, gf_basis basis,
                           crossing_curve *curve) {
    const gf_sweep *sweep = &lines->line[0]->sweep;
    const double first = sweep->values[0].number, last = sweep->values[sweep->count - 1].number;
    bool any = false;
    for (size_t i = 0; i < lines->count; i++) {
        const gf_breakeven_threshold *found = gf_line_threshold(lines->line[i], label, basis);
        const bool crosses = found != NULL && found->crossover.kind == GF_CROSSOVER_AT;
        curve->at[i] = crosses ? found->crossover.crossing : NAN;
        curve->low[i] = crosses ? fmax(found->crossover.low, first) : NAN;
        curve->high[i] = crosses ? fmin(found->crossover.high, last) : NAN;
        any = any || crosses;
    }
    return any;
}

static void add_device(const gf_breakeven_lines *lines, size_t s, plot_room *room, gf_plot *plot) {
    const gf_breakeven_series *series = lines->line[0]->series[s];
    room->devices[s] = (gf_plot_device){series->label, series->name};
    for (gf_basis basis = 0; basis < GF_BASES; basis++) {
        crossing_curve *curve = &room->crossings[s * GF_BASES + basis];
        if (!gf_lines_ever_wins(lines, series->label, basis))
            continue;
        if (basis == GF_MEASURED) {
            note_gaps(lines, series->label, basis, GF_CROSSOVER_ALWAYS, room);
            note_gaps(lines, series->label, basis, GF_CROSSOVER_NEVER, room);
        }
        if (fill_crossings(lines, series->label, basis, curve))
            room->curves[plot->curve_count++] = (gf_plot_curve){.device = s,
                                                                .dashed = basis == GF_PREDICTED,
                                                                .ns = curve->at,
                                                                .low = curve->low,
                                                                .high = curve->high};
    }
}

static void fill_texts(const gf_breakeven_lines *lines, plot_room *room) {
    const gf_breakeven *first = lines->line[0];
    const gf_param *param = lines->along.param;
    char arithmetic[64];
    gf_arithmetic_format(first->problem, arithmetic, sizeof arithmetic);
    snprintf(room->title, sizeof room->title, "%s, %s: from which %s on a device wins, along %s",
             first->problem->workload->name, arithmetic, first->sweep.param->name, param->name);
    gf_breakeven_format_axis(first, room->y_label, sizeof room->y_label);
    snprintf(room->x_label, sizeof room->x_label, "%s%s%s%s", param->name,
             param->unit == NULL ? "" : " [", param->unit == NULL ? "" : param->unit,
             param->unit == NULL ? "" : "]");
    snprintf(room->key, sizeof room->key, "measured, %.0f %% interval", 100 * GF_CONFIDENCE);
}

gf_status gf_breakeven_lines_draw(const gf_breakeven_lines *lines, gf_plot_drawer drawer,
                                  void *context, gf_error *error) {
    plot_room room = {.note_count = 0};
    const gf_breakeven *first = lines->line[0];
    const gf_sweep *sweep = &first->sweep;
    gf_plot plot = {.title = room.title,
                    .x_label = room.x_label,
                    .y_label = room.y_label,
                    .solid_key = room.key,
                    .is_numbers = true,
                    .y_low = sweep->values[0].number,
                    .y_high = sweep->values[sweep->count - 1].number,
                    .notes = room.notes,
                    .values = room.values,
                    .ticks = room.ticks,
                    .value_count = lines->count,
                    .device_count = first->series_count};
    if (lines->along.param == NULL)
        return gf_breakeven_draw(first, drawer, context, error);
    gf_status status = room_prepare(first, &room, error);
    if (status == GF_OK) {
        fill_texts(lines, &room);
        fill_values(&lines->along, &room);
        for (size_t s = 0; s < first->series_count; s++)
            add_device(lines, s, &room, &plot);
        if (!gf_breakeven_gpu_evidence(first))
            add_note(&room, "No GPU was measured.");
        plot.devices = room.devices;
        plot.curves = room.curves;
        status = drawer(&plot, context, error);
    }
    room_clear(&room);
    return status;
}

gf_status gf_breakeven_lines_plot(const gf_breakeven_lines *lines, gf_plot_format format,
                                  FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_plot_file file = {format, stream};
    const gf_status status = gf_plot_check_format(format, error);
    return status == GF_OK ? gf_breakeven_lines_draw(lines, gf_plot_draw_file, &file, error)
                           : status;
}
