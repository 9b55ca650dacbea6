/* What would flip a verdict: the predictions over other values of one parameter at a time. */
#ifndef GF_ADVICE_FLIPS_H
#define GF_ADVICE_FLIPS_H

#include "advise/advice.h"

/* Evaluates the predictions over other values of each parameter that is a size or a whole number
 * (at most 36 evaluations for each), with the others as they are. The present steps per transfer
 * are those of the problem. */
gf_status gf_flips_find(const gf_candidates *candidates, const gf_problem *problem,
                        const volatile sig_atomic_t *cancel, gf_flips *flips, gf_error *error);

/* "with --steps-per-transfer 14 or more (now 1) 0:0:vector wins"; too close: "... has the smallest
 * predicted total" */
void gf_flip_format(const gf_candidates *candidates, const gf_flip *flip, char *text, size_t size);

#endif
