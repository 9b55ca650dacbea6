/* Measuring no more than a verdict needs: turns of the cases nearest to the problem, until one
 * device is surely the fastest, nothing near is left to measure, or the time is spent. */
#pragma once

#include "device/context.h"
#include "predict/candidates.h"

/* What an advice measured, and how much of what it starts from is known. */
typedef struct gf_advice_measured {
    bool limited; /* there was a budget */
    bool spent;   /* it ended the measuring */
    double budget_s, took_s;
    size_t turns;               /* that were measured now */
    size_t cases, whole, begun; /* of the candidates here: all, measured, measured in one turn */
    char missing[384]; /* parts of profiles that are missing: "copies, reads of 0:0; ..." */
    char build[160];   /* "0:0:vector, 3.5 s": the kernel that took longest to build now, if long;
                          else "" */
} gf_advice_measured;

/* Measures for at most about `seconds`: what has begun is finished, and nothing begins that should
 * not fit. Candidates without a measured case are marked as unmeasured, with a failure. Profiles
 * are saved after each turn. GF_INTERRUPTED when the caller's flag is set. */
gf_status gf_advice_measure(const gf_context *context, const gf_problem *problem,
                            gf_estimate *estimate, double seconds, gf_candidates *candidates,
                            gf_advice_measured *measured, gf_error *error);

/* Counts what is known, without measuring. */
gf_status gf_advice_count_known(const gf_problem *problem, const gf_candidates *candidates,
                                gf_advice_measured *measured, gf_error *error);

/* What is known, what is missing and how to finish it; "" where nothing is missing. */
void gf_advice_format_measured(const gf_advice_measured *measured, char *text, size_t size);
