/* Predictions compared with a run. */
#pragma once

#include "advise/advice.h"

/* The table of predicted and measured times, and whether the verdict held; the advice must have
 * been checked. In any format but JSON. Fails only without memory; write errors stay in the
 * stream's error flag. */
gf_status gf_advice_review_write(const gf_advice *advice, gf_format format, bool colour,
                                 FILE *stream, gf_error *error);
