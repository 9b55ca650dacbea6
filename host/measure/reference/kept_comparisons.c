#include "measure/reference/kept_comparisons.h"

#include <string.h>

/* Larger references are made anew: the memory may be needed. */
#define MOST_BYTES (UINT64_C(16) << 20)

static gf_comparison *take_kept(gf_kept_comparisons *kept, const char *text) {
    for (size_t i = 0; kept != NULL && i < kept->count; i++) {
        gf_comparison *const found = kept->items[i].comparison;
        if (strcmp(kept->items[i].text, text) != 0)
            continue;
        kept->items[i] = kept->items[--kept->count];
        return found;
    }
    return NULL;
}

gf_status gf_kept_comparisons_take(gf_kept_comparisons *kept, const gf_context *context,
                                   const gf_params *params, const char *text,
                                   gf_comparison **comparison, gf_error *error) {
    *comparison = take_kept(kept, text);
    if (*comparison == NULL)
        return gf_comparison_create(context->session, params, context->options, comparison, error);
    (*comparison)->options = gf_run_options_or_defaults(context->options);
    return GF_OK;
}

void gf_kept_comparisons_give(gf_kept_comparisons *kept, const char *text,
                              gf_comparison *comparison) {
    if (kept == NULL || comparison == NULL || kept->count == GF_MOST_KEPT_COMPARISONS ||
        gf_truth_held_bytes(&comparison->truth) > MOST_BYTES) {
        gf_comparison_destroy(comparison);
        return;
    }
    gf_run_free_host(&comparison->run);
    kept->items[kept->count++] = (struct gf_kept_comparison){text, comparison};
}

void gf_kept_comparisons_clear(gf_kept_comparisons *kept) {
    while (kept->count > 0)
        gf_comparison_destroy(kept->items[--kept->count].comparison);
}
