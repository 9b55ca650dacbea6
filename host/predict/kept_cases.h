/* Problems of cases that several devices compute in turn: what proves their results is made once.
 */
#pragma once

#include "measure/comparison.h"

#define GF_MOST_KEPT_CASES 8

/* All zero: none is kept. */
typedef struct gf_kept_cases {
    struct gf_kept_case {
        const char *text; /* of the case; outlives this */
        gf_comparison *comparison;
    } items[GF_MOST_KEPT_CASES];
    size_t count;
} gf_kept_cases;

/* The comparison of a case, with these options: a kept one, or a new one. It belongs to the caller
 * until it is given back. `kept` NULL: always a new one. */
gf_status gf_kept_cases_take(gf_kept_cases *kept, const gf_context *context, const gf_params *like,
                             const char *text, gf_comparison **comparison, gf_error *error);
/* Keeps it without the arrays of its latest run, or destroys it if there is no room. Accepts NULL.
 */
void gf_kept_cases_give(gf_kept_cases *kept, const char *text, gf_comparison *comparison);
void gf_kept_cases_clear(gf_kept_cases *kept);
