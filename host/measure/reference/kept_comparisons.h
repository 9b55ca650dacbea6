/* Problems of cases that several devices compute in turn: what proves their results is made once.
 */
#pragma once

#include "measure/comparison.h"

#define GF_MOST_KEPT_COMPARISONS 8

/* All zero: none is kept. */
typedef struct gf_kept_comparisons {
    struct gf_kept_comparison {
        const char *text; /* of the problem; outlives this */
        gf_comparison *comparison;
    } items[GF_MOST_KEPT_COMPARISONS];
    size_t count;
} gf_kept_comparisons;

/* The comparison that was kept as `text`, with these options, or a new one of `params`. It belongs
 * to the caller until it is given back. `kept` NULL: always a new one. */
gf_status gf_kept_comparisons_take(gf_kept_comparisons *kept, const gf_context *context,
                                   const gf_params *params, const char *text,
                                   gf_comparison **comparison, gf_error *error);
/* Keeps it without the arrays of its latest run, or destroys it if there is no room. Accepts NULL.
 */
void gf_kept_comparisons_give(gf_kept_comparisons *kept, const char *text,
                              gf_comparison *comparison);
void gf_kept_comparisons_clear(gf_kept_comparisons *kept);
