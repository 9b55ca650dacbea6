/* Changes of one parameter at a time that flip the verdict. */
#pragma once

#include "predict/candidates.h"

#define GF_MAX_FLIPS 8

/* A value of one parameter from which on, away from its present value, another device wins. */
typedef struct gf_flip {
    const char *param;
    char now[48], value[48]; /* as gf_params_set takes them */
    bool upwards;            /* the device wins from `value` upwards */
    size_t winner;           /* the candidate that wins there */
    bool too_close;          /* there the verdict would be GF_ADVICE_TOO_CLOSE */
} gf_flip;

typedef struct gf_flips {
    gf_flip items[GF_MAX_FLIPS];
    size_t count;
    char unchanged[512]; /* ranges in which nothing flips: "size from 1x1 to 8000x8000"; "": none */
} gf_flips;

/* Predicts other values of each parameter that is a size or a whole number, the others unchanged:
 * at most 36 evaluations for each. GF_INTERRUPTED when `cancel`, which may be NULL, is set. */
gf_status gf_flips_find(const gf_candidates *candidates, const gf_problem *problem,
                        const volatile sig_atomic_t *cancel, gf_flips *flips, gf_error *error);

/* "with steps-per-transfer 14 or more (now 1) 0:0:vector wins"; too close: "... has the smallest
 * predicted total" */
void gf_flip_format(const gf_candidates *candidates, const gf_flip *flip, char *text, size_t size);
