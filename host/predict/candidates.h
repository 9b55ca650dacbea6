/* Candidates: the devices and variants whose predictions are compared. */
#pragma once

#include "base/notes.h"
#include "device/session.h"
#include "predict/predict.h"

typedef struct gf_candidate {
    gf_profile *profile; /* shared by candidates of one device; NULL: measuring it failed */
    gf_device *device;   /* NULL: a model, whose device is not on this machine */
    char variant[32];    /* "": a model without cases of the workload */
    char label[96];      /* "0:0:vector", "model 0:0:vector" */
    char name[128];      /* the device's */
    char why[160];       /* why it takes part, as gf_target.why: "asked for as gpu" */
    gf_device_class device_class;
    bool is_baseline;         /* the first such candidate is the denominator of speed-ups */
    char failure[160];        /* why no problem can be predicted; "": predictions are possible */
    bool unmeasured;          /* the reason is that there was no time to measure it */
    gf_prediction prediction; /* for the problem given to gf_candidates_predict */
} gf_candidate;

typedef struct gf_candidates {
    gf_candidate *items;
    size_t count;
    gf_profile **profiles; /* owned */
    size_t profile_count;
    gf_notes notes; /* stored profiles that could not be used or saved, and models left out */
} gf_candidates;

void gf_candidates_destroy(gf_candidates *candidates);

/* Adds a copy of a candidate. */
gf_status gf_candidates_add(gf_candidates *candidates, const gf_candidate *item, gf_error *error);
/* Makes room for one more owned profile. */
gf_status gf_candidates_reserve_profile(gf_candidates *candidates, gf_error *error);
/* Takes a profile whose device is not on this machine, and adds each variant that has cases like
 * `params`; if there is none, one candidate with a failure. After an error the caller still owns
 * the profile and the candidates are unchanged. */
gf_status gf_candidates_add_model(gf_candidates *candidates, const gf_params *params,
                                  gf_profile *profile, const char *why, gf_error *error);

/* The most threads that a device's own baseline computes with; 0: it is another candidate. */
static inline uint32_t gf_candidate_baseline_threads(const gf_candidate *item) {
    return item->is_baseline && item->profile != NULL ? item->profile->threads : 0;
}

/* What buffers may have on its device: by the profile, and by the device itself, where that is
 * here. */
gf_memory_limits gf_candidate_limits(const gf_candidate *item);

/* Fills each candidate's prediction for a problem. */
void gf_candidates_predict(gf_candidates *candidates, const gf_problem *problem,
                           gf_estimate *estimate);
/* Fills candidates->count predictions for other values of the same workload, precision and math.
 * Fails as gf_problem_create does for invalid values. */
gf_status gf_candidates_predict_values(const gf_candidates *candidates, const gf_params *params,
                                       gf_prediction *predictions, gf_error *error);

/* Its speed-up against the baseline: candidates->count if there is none. The baseline's own is 1,
 * without an interval (low and high are NAN). False: not known. */
bool gf_candidate_speedup(const gf_candidates *candidates, size_t index, size_t baseline,
                          gf_interval *ratio);

/* Whether other programs disturbed the measuring of its cases like `params`, launches or transfers.
 */
bool gf_candidate_is_disturbed(const gf_candidate *item, const gf_params *params);
/* Whether other programs disturbed the measuring of cases like `params`, launches or transfers.
 * `text` then names the candidates, as many as fit, and a remedy; else it is "". */
bool gf_candidates_caution(const gf_candidates *candidates, const gf_params *params, char *text,
                           size_t size);
