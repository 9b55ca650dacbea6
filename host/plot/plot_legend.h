/* The legend of a plot. */
#ifndef GF_PLOT_LEGEND_H
#define GF_PLOT_LEGEND_H

#include "plot/plot_canvas.h"

/* The column at the right: devices, kinds of lines, notes. */
void gf_plot_legend(const drawing *canvas);

#endif
