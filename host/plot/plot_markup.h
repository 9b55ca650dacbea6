/* A plot as a figure of an HTML page: an inline SVG whose colours are those of the page, light or
 * dark, and a legend of text that can be copied. Needs no cairo. */
#pragma once

#include "plot/plot.h"

/* Writes a figure element. Errors stay in the stream. `context`: a FILE, so that it is a
 * gf_plot_drawer. */
gf_status gf_plot_write_markup(const gf_plot *plot, void *context, gf_error *error);
