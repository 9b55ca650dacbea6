/* The plot of a sweep. */
#ifndef GF_BREAKEVEN_PLOT_H
#define GF_BREAKEVEN_PLOT_H

#include "breakeven/breakeven.h"
#include "plot/plot.h"

/* Draws a concluded sweep. GF_UNSUPPORTED without cairo; GF_FAILED when it can't be written. */
gf_status gf_breakeven_plot(const gf_breakeven *breakeven, gf_plot_format format, FILE *stream,
                            gf_error *error);

#endif
