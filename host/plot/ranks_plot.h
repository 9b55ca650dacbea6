/* A problem on several numbers of ranks as plots: what was measured, and what is predicted. */
#pragma once

#include "parallel/scaling/rank_sweep.h"
#include "plot/plot.h"

typedef struct gf_ranks_view {
    uint32_t doublings; /* of the most ranks that were measured: so far predictions go on */
    bool has_mark;      /* up to how many ranks it is worth it */
} gf_ranks_view;

/* Times of a round trip. At least two numbers of ranks, whose results are right. */
gf_status gf_ranks_draw_times(const gf_parallel *parallel, const gf_ranks_view *view,
                              gf_plot_drawer drawer, void *context, gf_error *error);
/* 1 rank's time over theirs, for each rank, in per cent; with weak scaling the problem grew with
 * them. 1 rank must be one of the numbers. */
gf_status gf_ranks_draw_efficiency(const gf_parallel *parallel, const gf_ranks_view *view,
                                   gf_plot_drawer drawer, void *context, gf_error *error);
