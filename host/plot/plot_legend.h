/* Pens, words and the legend of a plot. */
#ifndef GF_PLOT_LEGEND_H
#define GF_PLOT_LEGEND_H

void gf_plot_grey(const drawing *canvas, double shade);

/* The dashes, `count` of them, are not kept; 0: a solid line. */
void gf_plot_pen(const drawing *canvas, double width, const double *dash, int count);
void gf_plot_line(const drawing *canvas, double x1, double y1, double x2, double y2);

/* In the font size that is set. */
double gf_plot_text_width(const drawing *canvas, const char *text);

/* `align`: 0 begins at x, 0.5 is centred on it, 1 ends there. */
void gf_plot_text(const drawing *canvas, double x, double y, double align, double size,
                  const char *text);

/* Cut with an ellipsis to what fits. */
void gf_plot_fitted_text(const drawing *canvas, double x, double y, double room, double size,
                         const char *text);

/* Devices, kinds of lines, notes: the column at the right. */
void gf_plot_legend(const drawing *canvas);

#endif
