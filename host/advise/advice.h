/* Advice: what the predictions say before a run, the verdict, and what would flip it. */
#ifndef GF_ADVICE_H
#define GF_ADVICE_H

#include "analyse/divergence.h"
#include "predict/candidates.h"
#include "predict/prediction_log.h"
#include "report/report_checklist.h"

/* The least probability that the winner is faster than the next device; below it the two are too
 * close to call, as they are within GF_CLOSE_RATIO (verdict.h). A verdict that is just above it
 * turns out wrong, by a little, two times in five; of all verdicts above it, fewer than one in ten
 * did (docs/how-well-we-predict.md). */
#define GF_LEAST_CERTAINTY 0.6

typedef enum gf_advice_kind {
    GF_ADVICE_NONE,      /* no device can be predicted */
    GF_ADVICE_DEVICE,    /* one device has both the fastest kernel and the fastest round trip */
    GF_ADVICE_SPLIT,     /* two devices have them: the fare decides */
    GF_ADVICE_TOO_CLOSE, /* the round trips of two devices can't be told apart */
} gf_advice_kind;

const char *gf_advice_kind_name(gf_advice_kind kind); /* "too-close" */

/* What follows from predictions alone. Indices of candidates; their count where there is none. */
typedef struct gf_ranking {
    gf_advice_kind kind;
    size_t winner;      /* the fastest round trip */
    size_t runner_up;   /* that of another device */
    size_t kernel_best; /* the fastest kernel; the winner when its own is within GF_CLOSE_RATIO */
    gf_interval ratio;  /* how many times as fast the winner is as the runner-up; with both */
    double certainty;   /* the probability that it is faster; with both */
} gf_ranking;

/* `predictions` NULL: the candidates' own. */
void gf_rank(const gf_candidates *candidates, const gf_prediction *predictions,
             gf_ranking *ranking);

/* ---- What would flip it ------------------------------------------------ */

#define GF_MAX_FLIPS 8

/* A value of one parameter from which on, away from its present value, another device wins. */
typedef struct gf_flip {
    const char *param;
    char now[48], value[48]; /* as --param takes them */
    bool upwards;            /* from `value` on: that or more */
    size_t winner;           /* the candidate that wins there */
    bool too_close;          /* there the two can't be told apart, as of GF_ADVICE_TOO_CLOSE */
} gf_flip;

typedef struct gf_flips {
    gf_flip items[GF_MAX_FLIPS];
    size_t count;
    char unchanged[512]; /* "--size from 1x1 to 8000x8000": where nothing else wins; "": nowhere */
} gf_flips;

/* ---- The whole --------------------------------------------------------- */

/* How a prediction compares with a run. */
typedef struct gf_advice_review {
    const gf_result **results; /* one for each candidate; NULL: it did not run. Owned array */
    bool held;                 /* the verdict did */
    char text[1024];           /* says so, what a wrong one would have cost, and what is doubtful */
} gf_advice_review;

struct gf_advice {
    const gf_comparison *comparison;
    gf_candidates *candidates; /* owned */
    gf_estimate estimate;
    gf_ranking ranking;
    gf_flips flips;
    gf_criterion_row *checks;  /* GF_CRITERION_COUNT for each candidate; owned */
    gf_prediction_log *ledger; /* of this machine; NULL: no device of it could be measured; owned */
    bool log_saved;            /* false after a check: it could not be written */
    gf_advice_review *check;   /* NULL before gf_advice_check; owned */
    gf_divergence *divergence; /* NULL before gf_advice_permute; owned */
};

/* As gf_advice_create, from candidates, which it takes over, also on failure. */
gf_status gf_advice_of(const gf_comparison *comparison, gf_candidates *candidates,
                       gf_advice **advice, gf_error *error);

/* Fills the four points of a candidate, before a run. */
void gf_advice_grade(const gf_problem *problem, const gf_estimate *estimate,
                     const gf_candidate *candidate, gf_criterion_row rows[GF_CRITERION_COUNT]);

#endif
