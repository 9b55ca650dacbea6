/* The legend of a plot. */
#pragma once

#include "plot/plot_canvas.h"

/* The column at the right: devices, kinds of lines, notes. */
void gf_plot_legend(const drawing *canvas);
