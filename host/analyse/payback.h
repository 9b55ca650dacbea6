/* After how many calls a device is ahead of another one, what both take once counted. A call is one
 * round trip of the better schedule. */
#pragma once

#include "measure/comparison.h"
#include "predict/candidates.h"

/* What a device takes once, outside every round trip, and in each. */
typedef struct gf_call_cost {
    bool known;      /* false: it has no verified time, or it is not known how long it builds */
    double build_ns; /* a cold build where its time is known; 0: nothing is compiled */
    double alloc_ns; /* making its buffers, and the first touch of their memory */
    double call_ns;
} gf_call_cost;

/* `result` may be NULL. */
gf_call_cost gf_call_cost_of_result(const gf_result *result);
gf_call_cost gf_call_cost_of_prediction(const gf_prediction *prediction);

static inline double gf_call_cost_once_ns(const gf_call_cost *cost) {
    return cost->build_ns + cost->alloc_ns;
}

/* The smallest number of calls from which on `a` has taken no longer than `b`, with what both take
 * once: 1, or more / saved rounded up, where `a` takes `more` once and saves `saved` in each call.
 * 0: never, because a call of `a` is no shorter, or one of both is not known. */
uint64_t gf_calls_until_ahead(const gf_call_cost *a, const gf_call_cost *b);

/* Of a result against the comparison's baseline. 0 also of the baseline itself, and where other
 * programs disturbed one of both. */
uint64_t gf_ahead_of_baseline(const gf_comparison *comparison, const gf_result *result);

/* Of a candidate's prediction against that of another one, `other`. 0 also where both are one, or
 * there is no other: candidates->count. */
uint64_t gf_candidate_ahead(const gf_candidates *candidates, size_t index, size_t other);

/* "building A and making its buffers takes 2.6 s once, 2.5 s more than B: A is ahead after 500
 * calls"; "" unless it takes more than one call. */
void gf_payback_format(const char *a_label, const gf_call_cost *a, const char *b_label,
                       const gf_call_cost *b, char *text, size_t size);
