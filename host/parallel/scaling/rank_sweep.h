/* Up to how many ranks more of them are worth it: from the runs of a sweep over ranks. */
#pragma once

#include "parallel/parallel_state.h"

/* One number of ranks. */
typedef struct gf_rank_point {
    uint32_t ranks;
    gf_statistics measured;
    double low_ns, high_ns; /* of the measured median: 90 % of a bootstrap's repetitions */
    double predicted_ns;    /* 0: there is no prediction */
    double predicted_low_ns, predicted_high_ns;
} gf_rank_point;

/* More ranks than `ranks` gain nothing. */
typedef struct gf_rank_worth {
    uint32_t ranks; /* 0: not known */
    bool surely;    /* the times' intervals do not reach one another there */
    bool open;      /* it is the last number that was looked at */
} gf_rank_worth;

typedef struct gf_rank_sweep {
    gf_rank_point points[GF_MOST_SWEPT_RANKS];
    size_t count;
    gf_rank_worth measured, predicted;
    double one_ns; /* on 1 rank; 0: not measured */
} gf_rank_sweep;

/* On rank 0, after at least one run. Predictions start from the run on 1 rank. */
void gf_rank_sweep_make(const gf_parallel *parallel, gf_rank_sweep *sweep);

/* The answer in words. */
void gf_rank_sweep_format(const gf_rank_sweep *sweep, char *buffer, size_t size);
