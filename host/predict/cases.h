/* Cases: measured problems of a kernel, from which its other problems are predicted. */
#pragma once

#include "calibrate/profile.h"
#include "device/context.h"
#include "measure/reference/kept_comparisons.h"
#include "predict/estimate.h"

/* Measures the calibration cases of the workload (workload.h) that the profile lacks for a variant,
 * with the precision and math of `params`, and adds them to the profile. Cases that the variant is
 * not offered for, or the device has no room for, are left out. Only progress and cancel of the
 * options are used. */
gf_status gf_profile_measure_cases(const gf_context *context, gf_device *device,
                                   const char *variant, const gf_params *params,
                                   gf_profile *profile, gf_error *error);

/* The number of cases that gf_profile_measure_cases would measure. */
size_t gf_profile_missing_cases(const gf_profile *profile, const gf_device *device,
                                const char *variant, const gf_params *params);

/* The calibration cases of a workload, "NAME=VALUE NAME=VALUE", ended by NULL. */
const char *const *gf_workload_cases(const gf_workload *workload);
/* The values of a case: precision and math of `like`, and defaults where `text` sets nothing. */
gf_status gf_case_params(const gf_params *like, const char *text, gf_params **params,
                         gf_error *error);
/* Whether the variant is offered for the problem, and the device has room for it. */
bool gf_case_is_offered(const gf_device *device, const char *variant, const gf_problem *problem);
/* A case of the profile; NULL: it has none. */
const gf_case *gf_profile_find_case(const gf_profile *profile, const char *variant,
                                    const gf_params *like, const char *text);

/* Whether the device refused it when it was to be measured. */
bool gf_case_is_refused(const gf_profile *profile, const char *variant, const gf_params *like,
                        const char *text);

/* How a case is measured in turns that are apart from one another. */
typedef struct gf_case_turn {
    const char *variant;
    const char *text;    /* the case */
    bool spread_threads; /* first run it until the system has spread new threads over the cores */
    gf_kept_comparisons *kept; /* for other devices; NULL: none */
} gf_case_turn;

/* Measures the next turn of a case of the workload, precision and math of
 * `params`: the first, or the second if the profile has it from one turn, and then a third where
 * the two don't agree. The profile gets the case as far as it is known (gf_case.turns). Without a
 * change if the device does not support it. Only progress and cancel of the options are used. */
gf_status gf_profile_measure_turn(const gf_context *context, gf_device *device,
                                  const gf_case_turn *turn, const gf_params *params,
                                  gf_profile *profile, gf_error *error);

/* Whether a case is of the workload, precision and math of `params`. */
bool gf_case_is_like(const gf_case *measured, const gf_params *params);

/* A case without variant and times. */
gf_case gf_case_of_estimate(const gf_problem *problem, const gf_estimate *estimate);
