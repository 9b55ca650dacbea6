/* How far results in f32 are from those in f64: the price of the smaller type. The scalar CPU
 * kernel computes both. */
#pragma once

#include "measure/truth.h"

/* Of a truth in f32 with a whole reference. Computes the reference of the same problem in f64. */
gf_status gf_f64_difference_of_truth(const gf_truth *truth, gf_f64_difference *difference,
                                     gf_error *error);

/* Of a problem in f64, which is expected to take `operations`. One that would take long is made
 * smaller until it does not, as `difference` says. GF_UNSUPPORTED when it has no f32, no CPU kernel
 * in this process, or can't be made smaller. */
gf_status gf_f64_difference_of(const gf_problem *problem, double operations,
                               const gf_context *context, gf_f64_difference *difference,
                               gf_error *error);

/* "618 of 1000000 elements differ from those of f64, by up to 252, 0.84 of the largest" */
void gf_f64_difference_format(const gf_f64_difference *difference, char *text, size_t size);
