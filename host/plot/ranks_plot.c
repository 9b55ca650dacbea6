#include "plot/ranks_plot.h"

#include <math.h>

#include "base/entry.h"
#include "parallel/scaling/scaling.h"
#include "problem/problem.h"
#include "stats/confidence.h"

enum { MOST_POINTS = GF_MOST_SWEPT_RANKS };

/* A curve's numbers. */
typedef struct ranks_curve {
    double middle[MOST_POINTS], low[MOST_POINTS], high[MOST_POINTS];
} ranks_curve;

/* The storage that the plot's pointers point to. */
typedef struct plot_room {
    gf_rank_sweep sweep;
    double values[MOST_POINTS];
    ranks_curve measured, predicted;
    char tick_texts[MOST_POINTS][16];
    const char *ticks[MOST_POINTS];
    gf_plot_device colours[2]; /* measured, predicted */
    gf_plot_curve curves[2];
    gf_plot_mark mark;
    char title[160], mark_text[64], solid_key[64];
} plot_room;

/* ---- Numbers ------------------------------------------------------------------ */

static double or_gap(double ns) {
    return ns > 0 ? ns : NAN;
}

/* Adds points of more ranks than were measured. Their intervals are as wide, relative to them, as
 * the last one's. */
static void foresee(const gf_parallel *parallel, uint32_t doublings, gf_rank_sweep *sweep) {
    const gf_scaling scaling = gf_scaling_of(parallel);
    const gf_rank_point last = sweep->points[sweep->count - 1];
    const uint64_t most =
        parallel->division.columns > 0 ? UINT32_MAX / 2 : parallel->division.units;
    if (!scaling.known || last.predicted_ns <= 0)
        return;
    for (uint32_t i = 0, ranks = last.ranks;
         i < doublings && 2 * (uint64_t)ranks <= most && sweep->count < MOST_POINTS; i++) {
        ranks *= 2;
        const double ns = gf_scaling_predict(&scaling, ranks), factor = ns / last.predicted_ns;
        sweep->points[sweep->count++] =
            (gf_rank_point){.ranks = ranks,
                            .predicted_ns = ns,
                            .predicted_low_ns = factor * last.predicted_low_ns,
                            .predicted_high_ns = factor * last.predicted_high_ns};
    }
}

static void fill(plot_room *room) {
    for (size_t i = 0; i < room->sweep.count; i++) {
        const gf_rank_point *point = &room->sweep.points[i];
        room->values[i] = point->ranks;
        room->measured.middle[i] = or_gap((double)point->measured.median_ns);
        room->measured.low[i] = or_gap(point->low_ns);
        room->measured.high[i] = or_gap(point->high_ns);
        room->predicted.middle[i] = or_gap(point->predicted_ns);
        room->predicted.low[i] = or_gap(point->predicted_low_ns);
        room->predicted.high[i] = or_gap(point->predicted_high_ns);
        snprintf(room->tick_texts[i], sizeof room->tick_texts[i], "%u", point->ranks);
        room->ticks[i] = room->tick_texts[i];
    }
}

/* Times become shares of what perfect scaling takes, of which the longest are the least. */
static void turn(ranks_curve *curve, const plot_room *room, double one_ns, bool weak) {
    for (size_t i = 0; i < room->sweep.count; i++) {
        const double perfect_ns = weak ? one_ns : one_ns / room->values[i];
        const double high_ns = curve->high[i];
        curve->middle[i] = 100 * perfect_ns / curve->middle[i];
        curve->high[i] = 100 * perfect_ns / curve->low[i];
        curve->low[i] = 100 * perfect_ns / high_ns;
    }
}

/* ---- The plot ------------------------------------------------------------------- */

static gf_plot_curve curve_of(const ranks_curve *numbers, bool dashed) {
    return (gf_plot_curve){.device = dashed ? 1 : 0,
                           .dashed = dashed,
                           .ns = numbers->middle,
                           .low = numbers->low,
                           .high = numbers->high};
}

static void add_mark(plot_room *room, gf_plot *plot) {
    const gf_rank_worth *worth = &room->sweep.measured;
    snprintf(room->mark_text, sizeof room->mark_text, "worth it up to %u rank%s%s", worth->ranks,
             worth->ranks == 1 ? "" : "s", worth->surely ? "" : ", but not surely");
    room->mark = (gf_plot_mark){
        .value = worth->ranks, .low = worth->ranks, .high = worth->ranks, .text = room->mark_text};
    plot->marks = &room->mark;
    plot->mark_count = 1;
}

/* `what`: of the title. */
static gf_plot plot_of(const gf_parallel *parallel, const gf_ranks_view *view, const char *what,
                       plot_room *room) {
    static const char *const no_notes[] = {NULL};
    char arithmetic[64];
    room->colours[0] = (gf_plot_device){"measured", parallel->facts[0].device};
    room->colours[1] = (gf_plot_device){"predicted", ""};
    gf_rank_sweep_make(parallel, &room->sweep);
    foresee(parallel, view->doublings, &room->sweep);
    fill(room);
    const size_t curves = room->sweep.predicted.ranks > 0 ? 2 : 1;
    room->curves[0] = curve_of(&room->measured, false);
    room->curves[1] = curve_of(&room->predicted, true);
    gf_arithmetic_format(parallel->problem, arithmetic, sizeof arithmetic);
    snprintf(room->title, sizeof room->title, "%s, %s: %s along ranks",
             parallel->problem->workload->name, arithmetic, what);
    snprintf(room->solid_key, sizeof room->solid_key, "measured, median, %.0f %% interval",
             100 * GF_CONFIDENCE);
    gf_plot plot = {.title = room->title,
                    .x_label = "ranks",
                    .solid_key = room->solid_key,
                    .dashed_key = "predicted from 1 rank, as wide as its trips",
                    .notes = no_notes,
                    .values = room->values,
                    .ticks = room->ticks,
                    .value_count = room->sweep.count,
                    .devices = room->colours,
                    .device_count = curves,
                    .curves = room->curves,
                    .curve_count = curves};
    if (view->has_mark)
        add_mark(room, &plot);
    return plot;
}

gf_status gf_ranks_draw_times(const gf_parallel *parallel, const gf_ranks_view *view,
                              gf_plot_drawer drawer, void *context, gf_error *error) {
    plot_room room;
    gf_plot plot = plot_of(parallel, view, "time", &room);
    plot.y_label = "time of a round trip";
    return drawer(&plot, context, error);
}

gf_status gf_ranks_draw_efficiency(const gf_parallel *parallel, const gf_ranks_view *view,
                                   gf_plot_drawer drawer, void *context, gf_error *error) {
    plot_room room;
    gf_plot plot = plot_of(parallel, view, "efficiency", &room);
    plot.y_label = "efficiency, %";
    plot.is_numbers = plot.is_percent = true;
    plot.y_low = 20;
    plot.y_high = 100;
    turn(&room.measured, &room, room.sweep.one_ns, parallel->how.weak);
    turn(&room.predicted, &room, room.sweep.one_ns, parallel->how.weak);
    return drawer(&plot, context, error);
}

gf_status gf_parallel_sweep_plot(const gf_parallel *parallel, gf_plot_format format, FILE *stream,
                                 gf_error *error) {
    GF_ENTER(error);
    const gf_ranks_view view = {.has_mark = true};
    gf_plot_file file = {format, stream};
    const gf_status status = gf_plot_check_format(format, error);
    return status == GF_OK ? gf_ranks_draw_times(parallel, &view, gf_plot_draw_file, &file, error)
                           : status;
}
