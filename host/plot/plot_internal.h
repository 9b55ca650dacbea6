/* Drawing a plot: what its parts share. All lengths are in points of a page of WIDTH x HEIGHT. */
#ifndef GF_PLOT_INTERNAL_H
#define GF_PLOT_INTERNAL_H

#include <cairo.h>
#include <math.h>

#include "plot/plot.h"

#define WIDTH     960.0
#define HEIGHT    560.0
#define PNG_SCALE 1.5 /* pixels a point: small text stays readable */

#define LEFT        76.0
#define RIGHT       250.0 /* the legend's column */
#define BOTTOM      62.0
#define TITLE_ROOM  40.0
#define ROW         16.0 /* of a threshold's words above the axes */
#define TEXT_SIZE   12.0
#define SMALL_TEXT  10.0
#define LEGEND_LEFT (WIDTH - RIGHT + 18.0)
#define DOT         3.2

static const double gf_plot_dashes[] = {6, 4};

/* One logarithmic axis: from `low` at `start` to `high` at `end`. */
typedef struct log_axis {
    double low, high, start, end;
} log_axis;

typedef struct drawing {
    cairo_t *cr;
    const gf_plot *plot;
    log_axis x, y;
    double top; /* of the axes */
} drawing;

void gf_plot_device_colour(const drawing *canvas, size_t device, double opacity);

#endif
