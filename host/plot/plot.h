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

/* A place of its own, such as that of a kernel under a roofline. Only pages show points. */
typedef struct gf_plot_point {
    size_t device;
    double x, y;
    const char *text;
} gf_plot_point;

typedef struct gf_plot {
    const char *title, *x_label, *y_label;
    const char *solid_key;    /* what solid curves are; NULL: "measured, median" */
    const char *dashed_key;   /* what dashed curves are; NULL: predicted, with an interval */
    bool is_numbers;          /* the curves are numbers, not times */
    bool is_percent;          /* of numbers: they are shares in percent */
    double y_low, y_high;     /* what the y axis shows at least; 0: what the curves need */
    const char *const *notes; /* lines below the legend; NULL ends them */
    const double *values;     /* ascending; all above 0 */
    const char *const *ticks; /* a label for each value; "": none */
    size_t value_count;
    const gf_plot_device *devices;
    size_t device_count;
    const gf_plot_curve *curves;
    size_t curve_count;
    const gf_plot_mark *marks; /* from left to right, so that no line crosses another's text */
    size_t mark_count;
    const gf_plot_knee *knees;
    size_t knee_count;
    const gf_plot_point *points;
    size_t point_count;
    bool has_no_dots; /* the values are only where the curves bend */
} gf_plot;

/* What makes a picture of a plot. */
typedef gf_status (*gf_plot_drawer)(const gf_plot *plot, void *context, gf_error *error);

/* A plot as a file of its own. */
typedef struct gf_plot_file {
    gf_plot_format format;
    FILE *stream;
} gf_plot_file;

/* A drawer of files; `context`: a gf_plot_file. */
gf_status gf_plot_draw_file(const gf_plot *plot, void *context, gf_error *error);
/* GF_USAGE: there is no such format; GF_UNSUPPORTED: this build draws no files. */
gf_status gf_plot_check_format(gf_plot_format format, gf_error *error);

/* Draws a plot to a stream. GF_FAILED when it can't be written. */
gf_status gf_plot_draw(const gf_plot *plot, gf_plot_format format, FILE *stream, gf_error *error);
