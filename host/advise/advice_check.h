/* The review of an advice after a run: the errors of the predictions, and whether the verdict held.
 */
#pragma once

#include "advise/advice.h"

/* Whether a phase of a candidate is both predicted and measured, and long enough to compare;
 * then *measured is its median in ns. */
bool gf_advice_compares(const gf_advice *advice, size_t candidate, gf_phase phase,
                        double *measured);
/* The same of the pipelined round trip. */
bool gf_advice_compares_pipelined(const gf_advice *advice, size_t candidate, double *measured);
