/* Curves on logarithmic axes, drawn with cairo as SVG or PNG. Equal plots give equal pictures on
 * one machine, except that cairo goes on numbering the parts of SVGs within a process. */
#pragma once

#include "gpufare.h"

/* A curve over the plot's values: times in ns, or numbers. */
typedef struct gf_plot_curve {
    size_t device;     /* an index into gf_plot.devices, which sets the colour */
    bool dashed;       /* predicted: dashed and without dots */
    const double *ns;  /* one for each value; NAN: a gap */
    const double *low; /* NULL, or a band around it */
    const double *high;
} gf_plot_curve;

typedef struct gf_plot_device {
    const char *label, *name; /* name: a second, smaller line; may be "" */
} gf_plot_device;

/* A threshold: a vertical line with its interval, and a text above the axes. */
typedef struct gf_plot_mark {
    size_t device;
    bool dashed;
    double value, low, high; /* low may be 0 and high INFINITY: the band ends at the edge */
    const char *text;
} gf_plot_mark;

/* A thin vertical line with a text at its foot, such as a cache's name. */
typedef struct gf_plot_knee {
    double value;
    const char *text;
} gf_plot_knee;

typedef struct gf_plot {
    const char *title, *x_label, *y_label;
    const char *solid_key;    /* what solid curves are; NULL: "measured, median" */
    bool is_numbers;          /* the curves are numbers, not times */
    double y_low, y_high;     /* what the y axis shows at least; 0: what the curves need */
    const char *const *notes; /* lines below the legend; NULL ends them */
    const double *values;     /* ascending; all above 0 */
    const char *const *ticks; /* a label for each value */
    size_t value_count;
    const gf_plot_device *devices;
    size_t device_count;
    const gf_plot_curve *curves;
    size_t curve_count;
    const gf_plot_mark *marks; /* from left to right, so that no line crosses another's text */
    size_t mark_count;
    const gf_plot_knee *knees;
    size_t knee_count;
} gf_plot;

/* Draws a plot to a stream. GF_FAILED when it can't be written. */
gf_status gf_plot_draw(const gf_plot *plot, gf_plot_format format, FILE *stream, gf_error *error);
