/* A sweep as a plot, for any drawer. */
#pragma once

#include "breakeven/breakeven.h"
#include "plot/plot.h"

gf_status gf_breakeven_draw(const gf_breakeven *breakeven, gf_plot_drawer drawer, void *context,
                            gf_error *error);
