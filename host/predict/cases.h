/* Points: measured cases of a kernel, made on demand. */
#ifndef GF_CASES_H
#define GF_CASES_H

#include "predict/predict.h"

/* Measures what the profile lacks to predict a variant for problems like this: the calibration
 * cases of the workload (descriptor), with the precision and math of `values`. Already known points
 * are not measured again. `session` must be the device's. Progress and cancel as in the options. */
gf_status gf_profile_measure_cases(gf_profile *profile, gf_session *session, gf_device *device,
                                   const char *variant, const gf_params *params,
                                   const gf_run_options *options, gf_error *error);

/* How many cases that would run. */
size_t gf_profile_missing(const gf_profile *profile, const char *variant, const gf_params *params);

/* Makes a point of a result that is ok. */
void gf_case_of_result(const gf_problem *problem, const gf_estimate *estimate,
                       const gf_result *result, const char *values, gf_case *point);

#endif
