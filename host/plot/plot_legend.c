#include "plot/plot_legend.h"

#include <math.h>

#include "stats/confidence.h"

/* A dashed key has a band behind it. */
static void draw_key(const drawing *canvas, double y, bool dashed) {
    gf_plot_pen(canvas, dashed ? 1.5 : 2, gf_plot_dashes, dashed ? 2 : 0);
    if (dashed) {
        gf_plot_grey(canvas, 0.85);
        cairo_rectangle(canvas->cr, LEGEND_LEFT, y - 9, 26, 10);
        cairo_fill(canvas->cr);
    }
    gf_plot_grey(canvas, 0.3);
    gf_plot_line(canvas, LEGEND_LEFT, y - 4, LEGEND_LEFT + 26, y - 4);
    if (!dashed) {
        cairo_arc(canvas->cr, LEGEND_LEFT + 13, y - 4, DOT, 0, 2 * M_PI);
        cairo_fill(canvas->cr);
    }
}

static bool has_curves(const gf_plot *plot, bool dashed) {
    for (size_t c = 0; c < plot->curve_count; c++) {
        if (plot->curves[c].dashed == dashed)
            return true;
    }
    return false;
}

/* The meaning of solid and of dashed lines, if the plot has them. Returns the y below them. */
static double draw_line_keys(const drawing *canvas, double y) {
    const double left = LEGEND_LEFT + 34, room = WIDTH - 8 - left;
    char predicted[40];
    snprintf(predicted, sizeof predicted, "predicted, %.0f %% interval", 100 * GF_CONFIDENCE);
    if (has_curves(canvas->plot, false)) {
        draw_key(canvas, y, false);
        gf_plot_fitted_text(canvas, left, y, room, TEXT_SIZE - 1, "measured, median");
        y += 18;
    }
    if (has_curves(canvas->plot, true)) {
        draw_key(canvas, y, true);
        gf_plot_fitted_text(canvas, left, y, room, TEXT_SIZE - 1, predicted);
        y += 18;
    }
    return y;
}

void gf_plot_legend(const drawing *canvas) {
    const gf_plot *plot = canvas->plot;
    const double left = LEGEND_LEFT + 34, room = WIDTH - 8 - left;
    double y = canvas->top + 10;
    for (size_t d = 0; d < plot->device_count; d++) {
        gf_plot_device_colour(canvas, d, 1);
        gf_plot_pen(canvas, 4, NULL, 0);
        gf_plot_line(canvas, LEGEND_LEFT, y - 4, LEGEND_LEFT + 26, y - 4);
        gf_plot_grey(canvas, 0.1);
        gf_plot_fitted_text(canvas, left, y, room, TEXT_SIZE, plot->devices[d].label);
        gf_plot_grey(canvas, 0.4);
        gf_plot_fitted_text(canvas, left, y + 13, room, SMALL_TEXT, plot->devices[d].name);
        y += 34;
    }
    y = draw_line_keys(canvas, y + 8) + 8;
    gf_plot_grey(canvas, 0.3);
    for (size_t i = 0; plot->notes[i] != NULL; i++, y += 14)
        gf_plot_fitted_text(canvas, LEGEND_LEFT, y, WIDTH - 8 - LEGEND_LEFT, SMALL_TEXT,
                            plot->notes[i]);
}
