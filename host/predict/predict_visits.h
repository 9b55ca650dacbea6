/* Predictions for problems that go through a device band by band, because its memory has no room
 * for all of them. */
#pragma once

#include "predict/predict.h"

/* As gf_predict, where buffers may have no more than these limits on the device. A problem that
 * fits is predicted as ever; of another one that divides prediction->visits says how it goes
 * through, and the phases are those of all visits. */
void gf_predict_within(const gf_profile *profile, const gf_memory_limits *limits,
                       const char *variant, const gf_problem *problem, gf_estimate *estimate,
                       gf_prediction *prediction);
