/* The verdict on predicted times. */
#pragma once

#include "analyse/ranking.h"

/* A winner is named when it leads each other device surely enough: by the probability that it is
 * faster, by the expected loss of choosing it (gf_predict_loss), and by the ratio of the predicted
 * totals. The probability alone says nothing about what a wrong choice costs, which is much where
 * intervals are wide. docs/how-well-we-predict.md has what these limits decide, how often they are
 * right, and what others would. */
#define GF_LEAST_CERTAINTY 0.6
#define GF_MOST_LOSS       0.15
/* About GF_PROCESS_DEVIATION: a steady time changes as much from one process to another. */
#define GF_LEAST_LEAD 1.03

/* Why a lead is not sure enough. */
typedef enum gf_doubt {
    GF_DOUBT_NONE,
    GF_DOUBT_NEAR, /* the two are near to one another: whichever is chosen, the loss is small */
    GF_DOUBT_WIDE  /* the intervals are too wide: a wrong choice may cost much */
} gf_doubt;

const char *gf_doubt_name(gf_doubt doubt); /* "near" */

/* What is known of one candidate's lead over another. */
typedef struct gf_lead {
    gf_interval ratio; /* how many times as fast it is */
    double certainty;  /* the probability that it is faster */
    double loss;       /* the expected loss of choosing it, as a share */
    gf_doubt doubt;
} gf_lead;

/* The lead of a over b, both possible. */
gf_lead gf_lead_of(const gf_prediction *a, const gf_prediction *b);

typedef enum gf_advice_kind {
    GF_ADVICE_NONE,      /* no device can be predicted */
    GF_ADVICE_DEVICE,    /* one device has both the fastest kernel and the fastest round trip */
    GF_ADVICE_SPLIT,     /* two devices have them: the fare decides */
    GF_ADVICE_TOO_CLOSE, /* the lead over another device is in doubt */
    GF_ADVICE_BOUND,     /* the work is only bounded, so that nothing is said; the ranking is of the
                            bounds */
    GF_ADVICE_UNMEASURED /* there was no time to measure a device, so that it may be the fastest;
                            the ranking is of the others */
} gf_advice_kind;

const char *gf_advice_kind_name(gf_advice_kind kind); /* "too-close" */

typedef struct gf_advice_verdict {
    gf_ranking ranking; /* indices of candidates */
    gf_advice_kind kind;
    size_t rival; /* the other device's candidate that `lead` is over: the runner-up, or one whose
                     time is so unsure that it may be the faster all the same; the number of
                     candidates: there is no other device */
    gf_lead lead; /* of the winner, if there is a rival */
} gf_advice_verdict;

/* `predictions`: one for each candidate, or NULL: the candidates' own. */
gf_advice_verdict gf_advice_judge(const gf_candidates *candidates,
                                  const gf_prediction *predictions);
