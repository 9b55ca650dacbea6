#include "plot/ranks_plot.h"

#include <math.h>

#include "base/entry.h"
#include "plot/plot.h"
#include "problem/problem.h"

/* The storage that the plot's pointers point to. */
typedef struct plot_room {
    double values[GF_MOST_SWEPT_RANKS];
    double measured[GF_MOST_SWEPT_RANKS], predicted[GF_MOST_SWEPT_RANKS];
    double low[GF_MOST_SWEPT_RANKS], high[GF_MOST_SWEPT_RANKS];
    char tick_texts[GF_MOST_SWEPT_RANKS][16];
    const char *ticks[GF_MOST_SWEPT_RANKS];
    gf_plot_device device;
    gf_plot_curve curves[2];
    gf_plot_mark mark;
    char title[160], mark_text[64];
} plot_room;

static double or_gap(double ns) {
    return ns > 0 ? ns : NAN;
}

static void fill(const gf_rank_sweep *sweep, plot_room *room) {
    for (size_t i = 0; i < sweep->count; i++) {
        const gf_rank_point *point = &sweep->points[i];
        room->values[i] = point->ranks;
        room->measured[i] = (double)point->measured.median_ns;
        room->predicted[i] = or_gap(point->predicted_ns);
        room->low[i] = or_gap(point->predicted_low_ns);
        room->high[i] = or_gap(point->predicted_high_ns);
        snprintf(room->tick_texts[i], sizeof room->tick_texts[i], "%u", point->ranks);
        room->ticks[i] = room->tick_texts[i];
    }
    room->curves[0] = (gf_plot_curve){.ns = room->measured};
    room->curves[1] = (gf_plot_curve){
        .dashed = true, .ns = room->predicted, .low = room->low, .high = room->high};
    snprintf(room->mark_text, sizeof room->mark_text, "worth it up to %u rank%s%s",
             sweep->measured.ranks, sweep->measured.ranks == 1 ? "" : "s",
             sweep->measured.surely ? "" : ", but not surely");
    room->mark = (gf_plot_mark){.value = sweep->measured.ranks,
                                .low = sweep->measured.ranks,
                                .high = sweep->measured.ranks,
                                .text = room->mark_text};
}

gf_status gf_parallel_sweep_plot(const gf_parallel *parallel, gf_plot_format format, FILE *stream,
                                 gf_error *error) {
    GF_ENTER(error);
    gf_rank_sweep sweep;
    plot_room room = {.device = {"ranks", parallel->facts[0].device}};
    const char *const no_notes[] = {NULL};
    char arithmetic[64];
    const gf_status status = gf_plot_check_format(format, error);
    if (status != GF_OK)
        return status;
    gf_rank_sweep_make(parallel, &sweep);
    fill(&sweep, &room);
    gf_arithmetic_format(parallel->problem, arithmetic, sizeof arithmetic);
    snprintf(room.title, sizeof room.title, "%s, %s: time along ranks",
             parallel->problem->workload->name, arithmetic);
    const gf_plot plot = {.title = room.title,
                          .x_label = "ranks",
                          .y_label = "time of a round trip",
                          .notes = no_notes,
                          .values = room.values,
                          .ticks = room.ticks,
                          .value_count = sweep.count,
                          .devices = &room.device,
                          .device_count = 1,
                          .curves = room.curves,
                          .curve_count = sweep.predicted.ranks > 0 ? 2 : 1,
                          .marks = &room.mark,
                          .mark_count = 1};
    gf_plot_file file = {format, stream};
    return gf_plot_draw_file(&plot, &file, error);
}
