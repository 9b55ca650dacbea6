/* A sweep along a second one as a plot, for any drawer. */
#pragma once

#include "breakeven/lines.h"
#include "plot/plot.h"

/* Without a second sweep the plot of the only line. */
gf_status gf_breakeven_lines_draw(const gf_breakeven_lines *lines, gf_plot_drawer drawer,
                                  void *context, gf_error *error);
