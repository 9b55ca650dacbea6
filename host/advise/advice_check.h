/* The review of an advice after a run: the errors of the predictions, and whether the verdict held.
 */
#ifndef GF_ADVICE_CHECK_H
#define GF_ADVICE_CHECK_H

#include "advise/advice.h"

/* Predicted beside measured, and whether the verdict held; the advice must have been checked.
 * GF_FORMAT_JSON is not for this. GF_FAILED without memory. */
gf_status gf_advice_review_write(const gf_advice *advice, gf_format format, bool colour,
                                 FILE *stream, gf_error *error);

/* Whether a phase of a candidate is both predicted and measured, and long enough to compare;
 * then *measured is its median in ns. */
bool gf_advice_compares(const gf_advice *advice, size_t candidate, gf_phase phase,
                        double *measured);

#endif
