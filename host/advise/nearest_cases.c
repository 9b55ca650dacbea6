#include "advise/nearest_cases.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/error.h"
#include "predict/regression.h"
#include "problem/params.h"
#include "problem/problem.h"

/* Where a problem stands among cases. Its work is the most that it can be: sampling that of each
 * case would take longer than measuring some. */
static gf_case place_of(const gf_problem *problem) {
    const gf_estimate estimate = gf_estimate_of_descriptor(problem);
    return gf_case_of_estimate(problem, &estimate);
}

static uint32_t turns_of(const gf_candidate *item, const gf_params *params, const char *text) {
    const gf_case *found = gf_profile_find_case(item->profile, item->variant, params, text);
    if (found == NULL)
        return 0;
    return found->turns == 1 ? 1 : GF_ALL_TURNS;
}

/* `here`: where the problem asked about stands. */
static gf_status add_case(const gf_candidate *item, const gf_params *asked, const gf_case *here,
                          const char *text, gf_near_cases *cases, gf_error *error) {
    gf_params *params = NULL;
    gf_problem *problem = NULL;
    gf_status status = gf_case_params(asked, text, &params, error);
    if (status == GF_OK)
        status = gf_problem_create(params, &problem, error);
    if (status == GF_OK && gf_case_is_offered(item->device, item->variant, problem) &&
        !gf_case_is_refused(item->profile, item->variant, asked, text)) {
        const gf_case there = place_of(problem);
        const gf_near_case added = {.text = text,
                                    .distance = gf_case_distance(here, &there),
                                    .bytes = there.footprint,
                                    .turns = turns_of(item, asked, text)};
        status = gf_array_grow(&cases->items, cases->count, sizeof added, error);
        if (status == GF_OK)
            cases->items[cases->count++] = added;
    }
    gf_problem_destroy(problem);
    gf_params_destroy(params);
    return status;
}

static int by_distance(const void *a, const void *b) {
    const gf_near_case *x = a, *y = b;
    return (x->distance > y->distance) - (x->distance < y->distance);
}

gf_status gf_near_cases_find(const gf_candidate *item, const gf_problem *problem,
                             gf_near_cases *cases, gf_error *error) {
    const gf_case here = place_of(problem);
    *cases = (gf_near_cases){NULL, 0};
    gf_status status = GF_OK;
    for (const char *const *text = gf_workload_cases(problem->workload);
         status == GF_OK && *text != NULL; text++)
        status = add_case(item, problem->params, &here, *text, cases, error);
    if (status != GF_OK) {
        free(cases->items);
        *cases = (gf_near_cases){NULL, 0};
    } else if (cases->count > 0) {
        qsort(cases->items, cases->count, sizeof *cases->items, by_distance);
    }
    return status;
}
