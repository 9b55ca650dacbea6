/* A comparison: one problem, the truth about it, and what each device made of it. */
#pragma once

#include "measure/filed/field.h"
#include "measure/result.h"
#include "measure/run.h"
#include "measure/saving/reference_saving.h"
#include "measure/saving/saving.h"
#include "measure/search/fastest_variant.h"
#include "measure/simd_efficiency.h"
#include "measure/truth.h"

struct gf_comparison {
    gf_session *session;
    gf_run_options options;
    gf_problem *problem;
    gf_truth truth;
    gf_saving saving; /* of its one run, if the options ask for checkpoints */
    gf_reference_saving reference_saving;
    gf_field field; /* of its one run, if the options ask for files */
    gf_run run;     /* the latest, whose output is still there unless it failed */
    gf_result **results;
    size_t result_count;
    /* Of the first verified result: efficiency of each lane group, for the checklist. */
    bool has_efficiency;
    double efficiency[GF_LANE_GROUPS];
    /* What searches for the fastest variant saw, for the results. */
    gf_variant_choice *choices;
    size_t choice_count;
    /* For reports, if pictures are kept: that of the first result that is ok, at full size, and
     * where items wait for one another in its lane groups, small. Owned. */
    gf_image first_picture, divergence_map;
    gf_lane_group divergence_lanes;
};

/* The variant to run: the target's own, or the best of its device for the problem; "" if there is
 * none. */
const char *gf_comparison_best_variant(const gf_comparison *comparison, const gf_target *target);
/* Orders the statuses of runs: a wrong result outranks a failure, a failure outranks a device that
 * lacks something, and this outranks that nothing ran. GF_OK has 0. */
int gf_status_severity(gf_status status);
/* Makes what results are judged by: the inputs, the tolerance, the reference. */
gf_status gf_comparison_prepare_reference(gf_comparison *comparison, gf_error *error);
