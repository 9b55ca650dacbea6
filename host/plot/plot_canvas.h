/* The page that a plot is drawn on, its pens and its text. All lengths are in points of a page of
 * WIDTH x HEIGHT. */
#pragma once

#include <cairo.h>

#include "plot/plot_axes.h"

#define WIDTH     960.0
#define HEIGHT    560.0
#define PNG_SCALE 1.5 /* pixels for each point: small text stays readable */

#define LEFT        76.0
#define RIGHT       250.0 /* the legend's column */
#define BOTTOM      62.0
#define TITLE_ROOM  40.0
#define ROW         16.0 /* a threshold's line of text above the axes */
#define TEXT_SIZE   12.0
#define SMALL_TEXT  10.0
#define LEGEND_LEFT (WIDTH - RIGHT + 18.0)
#define DOT         3.2

static const double gf_plot_dashes[] = {6, 4};

typedef struct drawing {
    cairo_t *cr;
    const gf_plot *plot;
    log_axis x, y;
    double top; /* the upper end of the axes */
} drawing;

/* Each of these sets the colour of what is drawn next. */
void gf_plot_device_colour(const drawing *canvas, size_t device, double opacity);
void gf_plot_grey(const drawing *canvas, double shade);

/* `dash`: `count` lengths of dashes and gaps; count 0: a solid line. */
void gf_plot_pen(const drawing *canvas, double width, const double *dash, int count);
void gf_plot_line(const drawing *canvas, double x1, double y1, double x2, double y2);

/* In the current font size. */
double gf_plot_text_width(const drawing *canvas, const char *text);

/* `align`: 0 begins at x, 0.5 is centred on x, 1 ends at x. */
void gf_plot_text(const drawing *canvas, double x, double y, double align, double size,
                  const char *text);

/* Begins at x; a text wider than `room` is cut and ends in "...". */
void gf_plot_fitted_text(const drawing *canvas, double x, double y, double room, double size,
                         const char *text);
