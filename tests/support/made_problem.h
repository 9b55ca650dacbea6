/* A problem, from names and texts of its parameters. */
#pragma once

#include <criterion/criterion.h>

#include "problem/params.h"
#include "problem/problem.h"

/* `values`: a name and a text each, ended by NULL. The caller destroys the problem. */
static inline gf_problem *made_problem(const char *workload, const char *const *values) {
    gf_error error = GF_ERROR_INIT;
    gf_params *params = NULL;
    gf_problem *problem = NULL;
    cr_assert_eq(gf_params_create(gf_workload_find(workload, &error), &params, &error), GF_OK);
    for (size_t i = 0; values[i] != NULL; i += 2)
        cr_assert_eq(gf_params_set(params, values[i], values[i + 1], &error), GF_OK, "%s",
                     error.text);
    cr_assert_eq(gf_problem_create(params, &problem, &error), GF_OK, "%s", error.text);
    gf_params_destroy(params);
    return problem;
}

#define MADE_PROBLEM(workload, ...)                                                                \
    made_problem((workload), (const char *const[]){__VA_ARGS__, NULL})
