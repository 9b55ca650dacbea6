/* Candidates: the devices and variants that predictions are made for and compared. */
#ifndef GF_CANDIDATES_H
#define GF_CANDIDATES_H

#include "base/notes.h"
#include "device/session.h"
#include "predict/predict.h"

typedef struct gf_candidate {
    gf_profile *profile; /* of the device; candidates of one device share it; NULL: the device
                            could not be measured */
    gf_device *device;   /* NULL: modelled, a device that is not here */
    char variant[32];    /* "": a modelled device without points of the workload */
    char label[96];      /* "0:0:vector", "model 0:0:vector" */
    char name[128];      /* the device's */
    char why[160];       /* "--device gpu", "--device-model FILE" */
    gf_device_class device_class;
    bool is_baseline;         /* speed-ups take the first such candidate as denominator */
    char failure[160];        /* why it can't be predicted, whatever the problem; "": it can */
    gf_prediction prediction; /* for the problem given to gf_candidates_predict */
} gf_candidate;

typedef struct gf_candidates {
    gf_candidate *items;
    size_t count;
    gf_profile **profiles; /* owned */
    size_t profile_count;
    gf_notes notes; /* a line for each kept profile that could not be used or kept, and for each
                       model that is left out */
} gf_candidates;

/* Obtains the profile of each selected device (what is kept, else measured now), adds the points
 * that predictions for the workload, precision and math of `values` start from, and keeps what is
 * new. Every choice must have its variant (gf_comparison_resolve_targets). A device that can't be
 * measured stays, with its failure. Then come the devices of the file `device_model` (NULL: none),
 * as of gf_candidates_add_model; one that takes part already is left out with a note. `options`:
 * progress, cancel and announce; the rest is the callee's. The session must outlive the candidates.
 * Not GF_OK: interrupted, no memory, or, before anything is measured, a file that can't be read
 * (GF_FAILED) or holds no profiles (GF_USAGE). */
gf_status gf_candidates_create(gf_session *session, const gf_params *params,
                               const gf_target_list *targets, const char *device_model,
                               const gf_run_options *options, gf_candidates **candidates,
                               gf_error *error);
/* Takes over a profile, whose device is not here: adds each variant that has points for these
 * values; without any, the device alone with its failure. On failure the profile stays the caller's
 * and the candidates are as before. */
gf_status gf_candidates_add_model(gf_candidates *candidates, const gf_params *params,
                                  gf_profile *profile, const char *why, gf_error *error);
/* Accepts NULL. */
void gf_candidates_destroy(gf_candidates *candidates);

/* No candidates, to add models to. */
gf_status gf_candidates_create_empty(gf_candidates **candidates, gf_error *error);

/* Fills the prediction of each for a problem. */
void gf_candidates_predict(gf_candidates *candidates, const gf_problem *problem,
                           const gf_estimate *estimate);
/* The same candidates for other values, of the same workload, precision and math: fills
 * candidates->count predictions. As gf_problem_create and gf_estimate_create when the values can't
 * be. */
gf_status gf_candidates_predict_values(const gf_candidates *candidates, const gf_params *params,
                                       gf_prediction *predictions, gf_error *error);

/* Whether other programs disturbed the measuring of cases that predictions for such values start
 * from; `text` then says of which candidates, as many as fit, and what to do; else it is "". */
bool gf_candidates_caution(const gf_candidates *candidates, const gf_params *params, char *text,
                           size_t size);

#endif
