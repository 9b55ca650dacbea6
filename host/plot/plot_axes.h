/* The logarithmic axes of a plot, whatever it is drawn with. */
#pragma once

#include "plot/plot.h"

/* From `low` at `start` to `high` at `end`. */
typedef struct log_axis {
    double low, high, start, end;
} log_axis;

/* The coordinate of a number. */
double gf_axis_place(const log_axis *axis, double number);
/* The coordinate of a number, or of the end of the axis that is nearest to it. */
double gf_axis_place_inside(const log_axis *axis, double number);
/* Whether a number has a place: it is finite and above 0. */
bool gf_axis_has(double number);

/* Room for every value and curve, and a margin. Bands may be clipped: a wide one would dwarf the
 * curves. Sets `low` and `high` of both. */
void gf_plot_set_ranges(const gf_plot *plot, log_axis *x, log_axis *y);

/* The ticks of the y axis: called with each number, and whether it has a label. */
typedef void (*gf_plot_tick)(void *context, double number, bool labelled);
/* Every decade has a label; on a short axis 2 and 5 times a decade have one too, on a long axis
 * only every second decade has one. */
void gf_plot_each_tick(const log_axis *y, gf_plot_tick tick, void *context);
/* The label: a time such as "100 us", or a number. */
void gf_plot_format_tick(const gf_plot *plot, double number, char *text, size_t size);
/* What dashed curves are, in words; in `buffer` where it is the usual. */
const char *gf_plot_dashed_key(const gf_plot *plot, char *buffer, size_t size);
