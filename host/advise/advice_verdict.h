/* The verdict on predicted times. */
#pragma once

#include "analyse/ranking.h"

/* The least probability that the winner is faster than the runner-up; below it the two are too
 * close to call, as they are within GF_CLOSE_RATIO. Verdicts just above this threshold are wrong
 * (by little) 40 % of the time; over all verdicts above it, under 10 %
 * (docs/how-well-we-predict.md). */
#define GF_LEAST_CERTAINTY 0.6

typedef enum gf_advice_kind {
    GF_ADVICE_NONE,      /* no device can be predicted */
    GF_ADVICE_DEVICE,    /* one device has both the fastest kernel and the fastest round trip */
    GF_ADVICE_SPLIT,     /* two devices have them: the fare decides */
    GF_ADVICE_TOO_CLOSE, /* the round trips of two devices can't be told apart */
    GF_ADVICE_BOUND,     /* the work is only bounded, so that nothing is said; the ranking is of the
                            bounds */
} gf_advice_kind;

const char *gf_advice_kind_name(gf_advice_kind kind); /* "too-close" */

typedef struct gf_advice_verdict {
    gf_ranking ranking; /* indices of candidates */
    gf_advice_kind kind;
    gf_interval ratio; /* how many times as fast the winner is as the runner-up, if there is one */
    double certainty;  /* the probability that it is faster */
} gf_advice_verdict;

/* `predictions`: one for each candidate, or NULL: the candidates' own. */
gf_advice_verdict gf_advice_judge(const gf_candidates *candidates,
                                  const gf_prediction *predictions);
