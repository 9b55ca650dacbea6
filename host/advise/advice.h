/* Advice: the checklist, the verdict and what would flip it, before a run. */
#pragma once

#include "advise/advice_flips.h"
#include "advise/advice_measure.h"
#include "advise/advice_verdict.h"
#include "analyse/checklist.h"
#include "analyse/divergence.h"
#include "bound/bound_set.h"
#include "predict/prediction_log.h"

/* The predictions compared with a run. */
typedef struct gf_advice_review {
    const gf_result **results; /* one for each candidate; NULL: it did not run. Owned array */
    bool held;                 /* the verdict did */
    char text[1024]; /* whether it held, the cost of a wrong verdict, and what is doubtful */
} gf_advice_review;

struct gf_advice {
    const gf_comparison *comparison;
    gf_candidates *candidates; /* owned */
    gf_advice_measured measured;
    gf_estimate estimate;
    gf_advice_verdict verdict;
    gf_flips flips;
    gf_criterion_row *criteria; /* GF_CRITERION_COUNT for each candidate; owned */
    gf_prediction_log *log;    /* of this machine; NULL: none of its devices has a profile; owned */
    gf_past_errors past;       /* of this workload on these devices, before this advice */
    bool log_saved;            /* false: the errors of the review could not be written */
    gf_advice_review *review;  /* NULL before gf_advice_check; owned */
    gf_divergence *divergence; /* NULL before gf_advice_permute; owned */
    gf_bound_set *bounds;      /* NULL before gf_advice_bound; owned */
};

/* As gf_advice_create, from candidates, which become the advice's, also on failure. */
gf_status gf_advice_of(const gf_comparison *comparison, gf_candidates *candidates,
                       gf_advice **advice, gf_error *error);

/* Grades a candidate by its prediction. */
void gf_advice_grade(const gf_problem *problem, gf_estimate *estimate,
                     const gf_candidate *candidate, gf_criterion_row rows[GF_CRITERION_COUNT]);
