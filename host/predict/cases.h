/* Cases: measured problems of a kernel, from which its other problems are predicted. */
#pragma once

#include "calibrate/profile.h"
#include "device/context.h"
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

/* Whether a case is of the workload, precision and math of `params`. */
bool gf_case_is_like(const gf_case *measured, const gf_params *params);

/* A case without variant and times. */
gf_case gf_case_of_estimate(const gf_problem *problem, const gf_estimate *estimate);
